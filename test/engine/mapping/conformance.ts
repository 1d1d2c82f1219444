import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { compileTree } from "../../../engine/mapping/program.ts";
import { parse } from "../../../engine/mapping/syntax/parse.ts";
import { isFault } from "../../../engine/mapping/value/fault.ts";
import { explained } from "./conformance-exceptions.ts";

/** One case of the official suite. */
interface SuiteCase {
  readonly name: string;
  readonly expr: string;
  readonly data: unknown;
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly undefinedResult?: boolean;
  readonly code?: string;
  readonly unordered?: boolean;
}

export type Verdict = "agrees" | "disagrees" | "not compiled";

export interface CaseReport {
  readonly name: string;
  readonly verdict: Verdict;
  readonly detail: string;
}

const root = new URL("../../../", import.meta.url).pathname;

/** The folder of the official suite, or undefined where there is none. */
export function suiteFolder(): string | undefined {
  const folder = process.env["SLUICE_JSONATA_SUITE"] ?? join(root, "../shared/jsonata-suite");
  return existsSync(join(folder, "groups")) ? folder : undefined;
}

/** Every case of the suite, by its file. */
export function readSuite(folder: string): SuiteCase[] {
  const datasets = new Map<string, unknown>();
  const groups = join(folder, "groups");
  return readdirSync(groups, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".json"))
    .toSorted()
    .flatMap((path) => {
      const text = readFileSync(join(groups, path), "utf8");
      const parsed = JSON.parse(text) as Record<string, unknown> | Record<string, unknown>[];
      const list = Array.isArray(parsed) ? parsed : [parsed];
      return list.map((one, index) => {
        const name = list.length === 1 ? path : `${path}#${index}`;
        return { ...readCase(one, folder, join(groups, path), datasets), name };
      });
    });
}

function readCase(
  one: Record<string, unknown>,
  folder: string,
  path: string,
  datasets: Map<string, unknown>,
): Omit<SuiteCase, "name"> {
  const dataset = one["dataset"];
  if (typeof dataset === "string" && !datasets.has(dataset)) {
    const file = join(folder, "datasets", `${dataset}.json`);
    datasets.set(dataset, JSON.parse(readFileSync(file, "utf8")));
  }
  const exprFile = one["expr-file"];
  const expr =
    typeof exprFile === "string"
      ? readFileSync(join(path, "..", exprFile), "utf8")
      : String(one["expr"]);
  return {
    expr,
    data:
      "data" in one ? one["data"] : typeof dataset === "string" ? datasets.get(dataset) : undefined,
    bindings: (one["bindings"] ?? {}) as Record<string, unknown>,
    ...("result" in one ? { result: one["result"] } : {}),
    ...(one["undefinedResult"] === true ? { undefinedResult: true } : {}),
    ...(one["unordered"] === true ? { unordered: true } : {}),
    ...codeOf(one),
  };
}

function codeOf(one: Record<string, unknown>): { code?: string } {
  if (typeof one["code"] === "string") return { code: one["code"] };
  const error = one["error"];
  const inner =
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof inner === "string" ? { code: inner } : {};
}

/** Runs one case against the compiler. */
export function judge(one: SuiteCase, only?: "closures" | "generated"): CaseReport {
  const { name } = one;
  const parsed = parse(one.expr);
  if ("fault" in parsed) {
    const agrees = one.code === parsed.fault.code;
    const detail = `parse error ${parsed.fault.code}, expected ${expected(one)}`;
    return { name, verdict: agrees ? "agrees" : "disagrees", detail };
  }
  const compiled = compileTree(parsed.ast, one.expr, {
    strict: false,
    ...(only === undefined ? {} : { only }),
    isBound: (name) => Object.hasOwn(one.bindings, name),
  });
  if ("why" in compiled) return { name, verdict: "not compiled", detail: compiled.why };
  let actual: { value?: unknown; code?: string };
  try {
    const context = { now: 1_700_000_000_000, seed: name, facts: new Map(), codes: new Map() };
    const before = JSON.stringify(one.data);
    actual = { value: compiled.program(one.data, one.bindings, context) };
    if (JSON.stringify(one.data) !== before) {
      return { name, verdict: "disagrees", detail: "the input was written to" };
    }
  } catch (error) {
    actual = {
      code: isFault(error) ? error.code : String(error instanceof Error ? error.stack : error),
    };
  }
  const verdict = agree(one, actual) ? "agrees" : "disagrees";
  const got = actual.code ?? JSON.stringify(actual.value);
  return { name, verdict, detail: `${one.expr.slice(0, 300)} → ${got}, expected ${expected(one)}` };
}

function agree(one: SuiteCase, actual: { value?: unknown; code?: string }): boolean {
  if (one.code !== undefined) return actual.code === one.code;
  if (actual.code !== undefined) return false;
  if (one.undefinedResult === true) return actual.value === undefined;
  return canonical(actual.value, one.unordered) === canonical(one.result, one.unordered);
}

function expected(one: SuiteCase): string {
  return one.code ?? (one.undefinedResult === true ? "nothing" : JSON.stringify(one.result));
}

function canonical(value: unknown, unordered = false): string | undefined {
  if (unordered && Array.isArray(value)) {
    return JSON.stringify(
      value.map((item) => canonical(item) ?? "").toSorted((a, b) => (a < b ? -1 : 1)),
    );
  }
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** Disagreements without a reason, then one line of counts. */
export function report(reports: readonly CaseReport[]): { text: string; disagree: number } {
  const compiled = reports.filter(({ verdict }) => verdict !== "not compiled");
  const other = compiled.filter(({ verdict }) => verdict === "disagrees");
  const open = other.filter(({ name }) => explained(name) === undefined);
  const counts = [
    `agree ${compiled.length - other.length}`,
    `explained ${other.length - open.length}`,
    `disagree ${open.length}`,
    `compiled ${compiled.length}`,
    `fallen back ${reports.length - compiled.length}`,
  ];
  const lines = open.map(({ name, detail }) => `disagrees: ${name}: ${detail}`);
  return { text: [...lines, counts.join(", "), ""].join("\n"), disagree: open.length };
}

if (import.meta.main) {
  const folder = suiteFolder();
  if (folder === undefined) {
    process.stderr.write(
      "the official JSONata suite is absent: name its folder in SLUICE_JSONATA_SUITE\n",
    );
    process.exitCode = 2;
  } else {
    const { text, disagree } = report(readSuite(folder).map((one) => judge(one)));
    process.stdout.write(text);
    if (disagree > 0) process.exitCode = 1;
  }
}
