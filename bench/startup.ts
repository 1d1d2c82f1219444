import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import Table from "cli-table3";
import { withFlows } from "./growth/texts.ts";
import { machine } from "./machine.ts";
import { domains } from "./startup/domains.ts";
import { type Start, start } from "./startup/start.ts";

const company = join(import.meta.dirname, "..");
const growing = join(import.meta.dirname, "workload/workspace");

interface StartupOptions {
  readonly rounds?: number;
  /** Of the workspaces that have more of them: at least so many of the reference's own kind. */
  readonly flows?: number;
  readonly workspace?: Measured;
}

/** Flows that a workspace's texts hold. */
function countFlows(texts: Readonly<Record<string, string>>): number {
  return Object.values(texts).filter((text) => /^(?:#.*\n)*flow: /.test(text)).length;
}

/** A workspace, and what is edited in it. */
interface Measured {
  readonly root: string;
  readonly edited: Readonly<Record<string, string>>;
}

const reference: Measured = {
  root: company,
  edited: {
    "one flow": "flows/process/opportunity-to-order.yaml",
    "one mapping": "mappings/salesforce/opportunity-in.jsonata",
    "sluice.yaml": "sluice.yaml",
  },
};

interface StartupRow {
  readonly name: string;
  readonly rounds: number;
  readonly wallMs: Spread;
  readonly cpuMs: Spread;
}

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

interface Suite {
  readonly suite: string;
  readonly machine: string;
  readonly rows: readonly StartupRow[];
}

/** Measures and prints; as JSON for programs. */
export async function run(options: StartupOptions & { readonly json: boolean }): Promise<Suite> {
  const suite = { suite: "startup", machine: machine(), rows: await measureStartup(options) };
  const table = new Table({
    head: ["", "wall ms", "least to most", "CPU ms", "least to most"],
    style: { head: [], border: [] },
  });
  for (const { name, wallMs, cpuMs } of suite.rows) {
    const cells = [wallMs, cpuMs].flatMap(({ median, least, most }) => [
      median.toFixed(0),
      `${least.toFixed(0)} to ${most.toFixed(0)}`,
    ]);
    table.push([name, ...cells]);
  }
  console.log(options.json ? JSON.stringify(suite) : `${suite.machine}\n${table.toString()}`);
  return suite;
}

/**
 * What a person waits for at the command line: each start is a process of its own, as a user calls
 * it. Node's own cache of compiled code is warm; Sluice's is empty at the beginning of each round.
 */
export async function measureStartup(options: StartupOptions = {}): Promise<readonly StartupRow[]> {
  const { rounds = 5, flows = 200, workspace = reference } = options;
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const starts = new Map<string, Start[]>();
  const note = async (name: string, started: Promise<Start>): Promise<void> => {
    starts.set(name, [...(starts.get(name) ?? []), await started]);
  };
  try {
    const root = copyOf(workspace.root, join(folder, "one"));
    const many = copyOf(growing, join(folder, "many"), withFlows(flows));
    const times = Math.ceil(flows / countFlows(domains(company, 1)));
    const texts = domains(company, times);
    const real = written(join(folder, "real"), texts);
    const values = { ...secretsOf(root), TARGET_URL: "http://127.0.0.1:9" };
    for (let round = 0; round <= rounds; round += 1) {
      const cache = { XDG_CACHE_HOME: join(folder, `cache-${round}`) };
      const validate = async (workspace: string): Promise<Start> =>
        start(["validate", "--workspace", workspace], cache);
      const serve = async (): Promise<Start> => {
        const store = join(folder, `store-${round}`, "store.db");
        const args = ["run", "--workspace", root, "--port", "0", "--store", store];
        const env = { ...values, XDG_CACHE_HOME: `${cache.XDG_CACHE_HOME}-run` };
        return start(args, env, " serves ");
      };
      // The first round fills what is warm for everyone, and is not counted.
      if (round === 0) {
        await validate(root);
        await serve();
        continue;
      }
      await note("validate, first time", validate(root));
      await note("validate, nothing changed", validate(root));
      for (const [what, path] of Object.entries(workspace.edited)) {
        edit(join(root, path), round);
        await note(`validate, ${what} changed`, validate(root));
      }
      await note(`validate ${flows} flows, first time`, validate(many));
      edit(join(many, "flows/process/deal-to-order.yaml"), round);
      await note(`validate ${flows} flows, one changed`, validate(many));
      const realFlows = `validate ${countFlows(texts)} flows as the reference's`;
      await note(`${realFlows}, first time`, validate(real));
      await note(`${realFlows}, nothing changed`, validate(real));
      edit(join(real, "flows/process/opportunity-to-order.yaml"), round);
      await note(`${realFlows}, one changed`, validate(real));
      await note("run until it serves, first time", serve());
      await note("run until it serves, again", serve());
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return [...starts].map(([name, measured]) => ({
    name,
    rounds,
    wallMs: spread(measured.map(({ wallMs }) => wallMs)),
    cpuMs: spread(measured.map(({ cpuMs }) => cpuMs)),
  }));
}

/** A workspace of its own, with further texts. */
function copyOf(root: string, to: string, texts: Readonly<Record<string, string>> = {}): string {
  for (const part of ["sluice.yaml", "flows", "mappings", "schemas"]) {
    if (existsSync(join(root, part))) cpSync(join(root, part), join(to, part), { recursive: true });
  }
  return written(to, texts);
}

function written(to: string, texts: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    writeFileSync(join(to, path), text);
  }
  return to;
}

/** A value for each secret: an engine without them refuses to start. Nobody is there to take them. */
function secretsOf(root: string): Readonly<Record<string, string>> {
  const [, section = ""] =
    /^secrets:\n((?: .*\n)*)/m.exec(readFileSync(join(root, "sluice.yaml"), "utf8")) ?? [];
  const names = [...section.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = ""]) => name);
  return Object.fromEntries(names.map((name) => [name, "none"]));
}

/** Another text, in which every place is another. */
function edit(path: string, round: number): void {
  const comment = path.endsWith(".jsonata") ? `/* ${round} */` : `# ${round}`;
  writeFileSync(path, `${comment}\n${readFileSync(path, "utf8")}`);
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return { median, least: sorted.at(0) ?? 0, most: sorted.at(-1) ?? 0 };
}
