import { readFileSync } from "node:fs";
import { Command, type OutputConfiguration } from "commander";
import { loadVerb } from "./load-verb.ts";
import type { Terminal } from "./output/terminal.ts";
import type { CommonOptions, VerbDeclaration, VerbModule } from "./verb.ts";
import { verbs } from "./verbs.ts";

/** The command line, built from the table of verbs. */
export function createProgram(terminal: Terminal, ended: (code: number) => void): Command {
  const program = new Command("sluice")
    .description("Connects CRM, support and billing with an ERP, from YAML in git.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput(
      outputTo(
        terminal,
        "`sluice --help` lists the verbs; options stand after the verb, as in `sluice validate --workspace shop`",
      ),
    );
  for (const verb of verbs) program.addCommand(command(verb, terminal, ended));
  program.addHelpText(
    "after",
    "\nExit codes: 0 good, 1 findings or failures, 2 usage, 3 the engine could not.\nDocs: docs/cli.md",
  );
  return program;
}

function command(
  verb: VerbDeclaration,
  terminal: Terminal,
  ended: (code: number) => void,
): Command {
  const [name = "", ...args] = verb.usage.split(" ");
  const made = new Command(name)
    .description(`${verb.summary} Changes: ${verb.effect}.`)
    .summary(verb.summary)
    .exitOverride();
  for (const argument of args) made.argument(argument);
  made.option("-w, --workspace <folder>", "folder with sluice.yaml; the nearest above unless told");
  for (const [flags, description] of verb.options ?? []) made.option(flags, description);
  if (verb.examples !== undefined) {
    made.addHelpText(
      "after",
      `\nExamples:\n${verb.examples.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  made.configureOutput(
    outputTo(
      terminal,
      `write \`sluice ${verb.usage}\`; \`sluice ${name} --help\` explains the options`,
    ),
  );
  made.action(async () => {
    // The table pairs each module with the options it declares; commander knows them as text only.
    const module = (await loadVerb(name)) as VerbModule;
    ended(
      await module.run({
        terminal,
        arguments: made.args,
        options: made.opts<CommonOptions>(),
      }),
    );
  });
  return made;
}

/** What commander finds wrong is said as every other error of ours is: what, then what to do. */
function outputTo(terminal: Terminal, help: string): OutputConfiguration {
  return {
    writeOut: (text) => {
      terminal.out(text);
    },
    writeErr: (text) => {
      terminal.err(text);
    },
    outputError: (text, write) => {
      const [said = "", meant] = text
        .replace(/^error: /, "")
        .trimEnd()
        .split("\n");
      const more = meant === undefined ? "" : `. ${meant.replace(/^\((.*)\)$/, "$1")}`;
      write(`sluice: ${said.replace(/\.$/, "")}${more} [cli/usage]\n  = help: ${help}\n`);
    },
  };
}

function version(): string {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version: found } = JSON.parse(text) as { version: string };
  return found;
}
