/** `npm run bench -- <name> [--json]`: measurements for people; none of them is a test. */
const benches: Readonly<Record<string, () => Promise<{ run(options: BenchOptions): unknown }>>> = {
  mappings: () => import("./mappings.ts"),
  workload: () => import("./workload.ts"),
  growth: () => import("./growth.ts"),
  burst: () => import("./burst.ts"),
};

interface BenchOptions {
  readonly json: boolean;
}

const [name = "", ...flags] = process.argv.slice(2);
const load =
  name === "workload" && flags.includes("--kill")
    ? () => import("./kill.ts")
    : Object.hasOwn(benches, name)
      ? benches[name]
      : undefined;
if (load === undefined) {
  console.error(`usage: npm run bench -- <${Object.keys(benches).join("|")}> [--json]
  workload --kill  ends the engine with signal 9 under load, and counts what is lost and repeated`);
  process.exitCode = 2;
} else {
  const bench = await load();
  await bench.run({ json: flags.includes("--json") });
}
