import { judge, readSuite, report, suiteFolder } from "../test/engine/mapping/conformance.ts";

/** Runs the official JSONata suite against our compiler; the last line counts. */
const folder = suiteFolder();
if (folder === undefined) {
  process.stdout.write("the official suite is not here; name its folder by SLUICE_JSONATA_SUITE\n");
} else {
  const reports = readSuite(folder).map(judge);
  for (const { name, verdict, detail } of reports) {
    if (verdict !== "agrees") process.stdout.write(`${verdict}: ${name}: ${detail}\n`);
  }
  process.stdout.write(`${report(reports)}\n`);
  if (reports.some(({ verdict }) => verdict === "disagrees")) process.exitCode = 1;
}
