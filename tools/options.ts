import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** The options of a tool. Its usage and exit code 0 for `--help`; 2 for what it does not know. */
export function optionsOf<const Options extends ParseArgsOptionsConfig>(
  usage: string,
  options: Options,
) {
  try {
    const { values } = parseArgs({ options: { ...options, help: { type: "boolean" } } });
    if ((values as { readonly help?: boolean }).help !== true) return values;
    console.log(`usage: ${usage}`);
    process.exit(0);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nusage: ${usage}`);
    process.exit(2);
  }
}
