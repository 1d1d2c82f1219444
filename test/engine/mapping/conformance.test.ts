import { expect, test } from "vitest";
import { judge, readSuite, suiteFolder } from "./conformance.ts";
import { explained } from "./conformance-exceptions.ts";

const folder = suiteFolder();

if (folder === undefined) {
  process.stdout.write(
    "the official JSONata suite is absent (SLUICE_JSONATA_SUITE): conformance is not checked\n",
  );
}

const backEnds = ["closures", "generated"] as const;

test.skipIf(folder === undefined).each(backEnds)("%s agree with the official suite", (only) => {
  const reports = readSuite(folder ?? "").map((one) => judge(one, only));
  expect(reports.length).toBeGreaterThan(1500);
  const compiled = reports.filter(({ verdict }) => verdict !== "not compiled");
  expect(compiled.length / reports.length).toBeGreaterThan(0.9);
  const disagreements = reports.filter(({ verdict }) => verdict === "disagrees");
  const unexplained = disagreements.filter(({ name }) => explained(name) === undefined);
  expect(unexplained.map(({ name, detail }) => `${name}: ${detail}`)).toEqual([]);
});
