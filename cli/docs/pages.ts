import { loadFunctionDocs, loadSpec } from "../../engine/index.ts";
import type { VerbDeclaration } from "../verb.ts";

type Spec = Awaited<ReturnType<typeof loadSpec>>;
type Functions = Awaited<ReturnType<typeof loadFunctionDocs>>;
type Reference = ReturnType<Spec["languageReference"]>;
type Key = Reference["commonKeys"][number];

const made =
  "<!-- Generated from the definitions that check the files: `sluice docs --write` writes it anew. -->\n\n";

/** Every generated page by path. */
export async function pages(
  verbs: readonly VerbDeclaration[],
): Promise<Readonly<Record<string, string>>> {
  const spec = await loadSpec();
  const reference = spec.languageReference();
  return {
    "docs/language.md": languagePage(reference),
    "docs/steps.md": stepsPage(reference),
    "docs/functions.md": functionsPage(await loadFunctionDocs()),
    "docs/findings.md": findingsPage(reference),
    "docs/cli.md": cliPage(verbs),
  };
}

function languagePage({ documents }: Reference): string {
  const parts = Object.entries(documents).map(([kind, keys]) => `## ${kind}\n\n${keyList(keys)}`);
  return `# Documents\n\n${made}One document a file; the first key says what it is. \`\${ … }\` in a value is JSONata; fields that *are* expressions take it bare, quoted. Required keys are marked **!**. Steps: [steps.md](steps.md); functions: [functions.md](functions.md); findings: [findings.md](findings.md).\n\n${parts.join("\n")}`;
}

function keyList(keys: readonly Key[], depth = 0): string {
  return keys
    .map(({ key, docs, required, expects, keys: inside }) => {
      const mark = required ? " **!**" : "";
      const line = `${"  ".repeat(depth)}- \`${key}\`${mark} (${expects}) ${docs}\n`;
      // Deeper than this a page is no longer read; the editor schemas have it all.
      return depth > 5 ? line : line + keyList(inside, depth + 1);
    })
    .join("");
}

function stepsPage({ steps, commonKeys }: Reference): string {
  const parts = steps.map(
    ({ kind, docs, example, keys }) =>
      `## ${kind}\n\n${docs}\n\n\`\`\`yaml\n${example.trimEnd()}\n\`\`\`\n\n${keyList(keys)}`,
  );
  return `# Steps\n\n${made}A step's kind is its key. ${steps.map(({ kind }) => `[${kind}](#${kind})`).join(" · ")}\n\n## Keys of every step\n\n${keyList(commonKeys)}\n${parts.join("\n")}`;
}

function functionsPage(docs: Functions): string {
  const rows = docs.map(
    ({ name, signature, docs: text, example }) =>
      `## $${name}\n\n\`${signature}\`\n\n${text}\n\n\`\`\`jsonata\n${example.expression}\n\`\`\`\n\ngives \`${JSON.stringify(example.value)}\`\n`,
  );
  return `# Functions\n\n${made}Beside JSONata's own functions. Money is decimal strings: it never meets \`<\`, \`=\` or \`+\`.\n\n${rows.join("\n")}`;
}

function findingsPage({ codes }: Reference): string {
  const rows = codes.map(({ code, severity, meaning, remedy, reason, example }) => {
    const shown =
      example === undefined
        ? ""
        : `\n\`\`\`text\nwrong  ${indent(example.wrong)}\nright  ${indent(example.right)}\n\`\`\`\n`;
    return `## ${code}\n\n*${severity}.* ${meaning} ${reason ?? ""}\n\n${remedy}\n${shown}`;
  });
  return `# Findings\n\n${made}What \`sluice validate\` may say, by code.\n\n${rows.join("\n")}`;
}

function indent(text: string): string {
  return text.trimEnd().replaceAll("\n", "\n       ");
}

function cliPage(verbs: readonly VerbDeclaration[]): string {
  const rows = verbs.map(({ usage, summary, effect, options = [], examples = [] }) => {
    const flags = options.map(([flag, text]) => `- \`${flag}\` ${text}\n`).join("");
    const shown = examples.length === 0 ? "" : `\n\`\`\`sh\n${examples.join("\n")}\n\`\`\`\n`;
    return `## sluice ${usage}\n\n${summary} Changes: ${effect}.\n\n${flags}${shown}`;
  });
  return `# Command line\n\n${made}Exit codes: 0 good, 1 findings or failures, 2 usage, 3 the engine could not. \`--json\` writes for machines, on standard output; what goes wrong is said on standard error; colour only on a terminal, never with \`NO_COLOR\`. Every verb takes \`-w, --workspace <folder>\`.\n\n${rows.join("\n")}`;
}
