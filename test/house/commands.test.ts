import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { verbs } from "../../cli/verbs.ts";

const everyVerb = new Set(["-w", "--workspace", "-h", "--help"]);
const pages = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)];

function commandsIn(path: string): string[] {
  const blocks = readFileSync(path, "utf8").matchAll(/```sh\n([^]*?)```/g);
  return [...blocks]
    .flatMap(([, block = ""]) => block.split("\n"))
    .map((line) => /(?:^|&& |npx )sluice (\S.*)$/.exec(line)?.[1])
    .filter((command) => command !== undefined);
}

test("every sluice command in the pages names a verb and options that exist", () => {
  let seen = 0;
  for (const path of pages) {
    for (const command of commandsIn(path)) {
      seen += 1;
      const [name = "", ...words] = command.replaceAll(/'[^']*'/g, "text").split(/\s+/);
      const verb = verbs.find(({ usage }) => usage.split(" ")[0] === name);
      expect(verb, `${path}: sluice ${command}`).toBeDefined();
      const flags = new Set((verb?.options ?? []).flatMap(([flag]) => flag.split(/[ ,]+/)));
      for (const word of words.filter((one) => one.startsWith("-"))) {
        expect(
          flags.has(word) || everyVerb.has(word),
          `${path}: ${word} of sluice ${command}`,
        ).toBe(true);
      }
    }
  }
  expect(seen).toBeGreaterThan(20);
});

test("every npm script in the pages exists", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const path of [...pages, ".ci/run"]) {
    for (const [, script = ""] of readFileSync(path, "utf8").matchAll(/npm run ([\w:-]+)/g)) {
      expect(Object.keys(scripts), path).toContain(script);
    }
  }
});
