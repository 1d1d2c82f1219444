import { loadRehearsal, UsageError } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { styles } from "../output/terminal.ts";
import type { VerbInput } from "../verb.ts";
import { generationHere } from "../workspace/compile.ts";

interface Report {
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  readonly problems: readonly string[];
  readonly stanza?: string;
}

export async function run({ terminal, arguments: [pattern], options }: VerbInput): Promise<number> {
  const { generation, compilation } = await generationHere(options, terminal);
  const { checkExamples, runFlowTest } = await loadRehearsal();
  const reports: Report[] = [];
  for (const { file, test } of compilation.tests) {
    for (const result of await runFlowTest(generation, test)) {
      reports.push({ file, ...result, name: `${test.flow}: ${result.name}` });
    }
  }
  reports.push(...(await checkExamples(generation)));
  const wanted = reports.filter(
    ({ file, name }) => pattern === undefined || file.includes(pattern) || name.includes(pattern),
  );
  if (wanted.length === 0) {
    throw new UsageError(
      "cli/no-tests",
      pattern === undefined
        ? "the workspace has no tests"
        : `no test matches ${JSON.stringify(pattern)}`,
      {
        help: "flow tests stand in *.test.yaml beside the flows, examples in the mappings' contracts",
      },
    );
  }
  const failed = wanted.filter(({ passed }) => !passed);
  if (options.json === true) {
    terminal.out(
      jsonText({
        passed: wanted.length - failed.length,
        failed: failed.length,
        tests: wanted.map(({ file, name, passed, problems, stanza }) => ({
          file,
          name,
          passed,
          problems,
          ...(stanza === undefined ? {} : { stanza }),
        })),
      }),
    );
    return failed.length === 0 ? 0 : 1;
  }
  const style = styles(terminal);
  for (const { file, name, passed, problems, stanza } of wanted) {
    terminal.out(`${passed ? style.good("✓") : style.bad("✗")} ${name}\n`);
    if (passed) continue;
    terminal.out(`    ${style.faint(file)}\n`);
    for (const problem of problems) terminal.out(`    ${problem}\n`);
    if (stanza !== undefined) {
      const place = stanza.startsWith("    calls:") ? "at the end of the case" : "under its calls";
      terminal.out(`    to mock what was called, paste ${place}:\n\n${stanza}\n`);
    }
  }
  terminal.out(`\n${wanted.length - failed.length} passed, ${failed.length} failed\n`);
  return failed.length === 0 ? 0 : 1;
}
