import type { CommonOptions, VerbInput } from "../verb.ts";
import { jsonText } from "../output/list.ts";
import { table } from "../output/table.ts";
import { generationHere, type WorkspaceOptions } from "../workspace/compile.ts";

type Options = CommonOptions & WorkspaceOptions;

/** Flows that others may run: those that say what they take and what they give. */
export async function run({ terminal, options }: VerbInput<Options>): Promise<number> {
  const { generation, compilation } = await generationHere(options, terminal);
  const uses = compilation.uses();
  const services = [...generation.flows.values()].flatMap((flow) => {
    const { name, input, returns, owner } = flow;
    if (input === undefined || returns === undefined) return [];
    const users = uses.flatMap(({ to, name: used, by }) =>
      to === "flow" && used === name && by.kind === "flow" ? [by.name] : [],
    );
    const cases = compilation.tests.flatMap(({ test }) =>
      test.flow === name ? test.cases.map((one) => one.name) : [],
    );
    return {
      name,
      owner: owner ?? "",
      input,
      returns,
      users: [...new Set(users)],
      tests: cases.length,
    };
  });
  services.sort((a, b) => a.name.localeCompare(b.name));
  if (options.json === true) terminal.out(jsonText(services));
  else if (services.length === 0) {
    terminal.out("no services: a flow with `input` and `returns` is one\n");
  } else {
    terminal.out(
      table(
        ["service", "owner", "takes", "returns", "run by", "tests"],
        services.map((row) => [
          row.name,
          row.owner,
          row.input,
          row.returns,
          row.users.length === 0 ? "events, callers" : row.users.join(", "),
          String(row.tests),
        ]),
      ),
    );
  }
  return 0;
}
