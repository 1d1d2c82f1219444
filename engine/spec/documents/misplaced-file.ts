import { misnamed } from "./classify.ts";

/** A file that is not read as it is named, or where it stands. */
export interface MisplacedFile {
  readonly message: string;
  readonly help: string;
  /** The path that it was meant to have. */
  readonly meant: string;
}

/** What keeps a file of the workspace from being read as what it was meant for. */
export function misplacedFile(path: string, text: string): MisplacedFile | undefined {
  const meant = misnamed(path);
  if (meant !== undefined) {
    return { message: "a file of this name is not read", help: `rename it to ${meant}`, meant };
  }
  const [, inFlows] = /^flows\/(.*\.jsonata)$/.exec(path) ?? [];
  if (inFlows !== undefined) {
    const help = `move it below mappings/, and name it by its path there, without .jsonata`;
    return { message: "a mapping is not read here", help, meant: `mappings/${inFlows}` };
  }
  if (/^mappings\/.*\.jsonata$/.test(path) && isContract.test(text)) {
    const help = `rename it to ${path.replace(/jsonata$/, "yaml")}; the mapping stands beside it`;
    // Whoever names the mapping has named what was to stand here.
    return {
      message: "a contract in YAML is not read from a file of this name",
      help,
      meant: path,
    };
  }
  const [, test] = /^(flows\/.*(?<!\.test))\.ya?ml$/.exec(path) ?? [];
  if (test !== undefined && isTest.test(text)) {
    const renamed = `${test.replace(/[-_.]?tests?$/, "")}.test.yaml`;
    const message = "tests of a flow are not read from a file of this name";
    return { message, help: `rename it to ${renamed}`, meant: renamed };
  }
  const [, name] = /^(mappings\/.*)\.(?:json|ya?ml)$/.exec(path) ?? [];
  if (name === undefined || !isJsonata(path, text)) return undefined;
  return {
    message: "JSONata is not read from a file of this name",
    help: `rename it to ${name}.jsonata`,
    meant: `${name}.jsonata`,
  };
}

const isContract = /^(?:\s*#.*\n)*\s*(?:mapping|codes): +\S/;

const isTest = /^(?:\s*#.*\n)*\s*test: +\S[^]*^cases:/m;

/** What begins as JSONata does, is no JSON, and in YAML does not say what it is. */
function isJsonata(path: string, text: string): boolean {
  if (!/^\s*(?:\/\*[^]*?\*\/\s*)?[{([$]/.test(text) || isJson(text)) return false;
  return path.endsWith(".json") || !/(?:^|[{,\s])"?(?:mapping|codes)"?\s*:/.test(text);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
