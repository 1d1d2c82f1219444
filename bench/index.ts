/** `npm run bench -- <name> [--json]`: measurements for people; none of them is a test. */
const benches: Readonly<Record<string, () => Promise<{ run(options: BenchOptions): unknown }>>> = {
  mappings: () => import("./mappings.ts"),
  workload: () => import("./workload.ts"),
};

interface BenchOptions {
  readonly json: boolean;
}

const [name = "", ...flags] = process.argv.slice(2);
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (load === undefined) {
  console.error(`usage: npm run bench -- <${Object.keys(benches).join("|")}> [--json]`);
  process.exitCode = 2;
} else {
  const bench = await load();
  await bench.run({ json: flags.includes("--json") });
}
