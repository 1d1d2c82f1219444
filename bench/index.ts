/** `npm run bench -- <name> [--json]`: measurements for people; none of them is a test. */
const benches: Readonly<Record<string, () => Promise<{ run(options: BenchOptions): unknown }>>> = {
  mappings: () => import("./mappings.ts"),
  workload: () => import("./workload.ts"),
  growth: () => import("./growth.ts"),
  burst: () => import("./burst.ts"),
  entitlement: () => import("./entitlement.ts"),
  startup: () => import("./startup.ts"),
};

interface BenchOptions {
  readonly json: boolean;
  /** Of the workload and of start-up, for one that is to be over sooner. */
  readonly flows?: number;
  readonly rounds?: number;
  /** Of growth: lengths of the log, and where logs that were filled stay. */
  readonly messages?: readonly number[];
  readonly keep?: string;
}

const [name = "", ...flags] = process.argv.slice(2);
const load =
  name === "workload" && flags.includes("--kill")
    ? () => import("./kill.ts")
    : Object.hasOwn(benches, name)
      ? benches[name]
      : undefined;
const unknown = flags.find(
  (flag, index) =>
    !/^--(?:json|kill|flows|rounds|messages|keep)$/.test(flag) &&
    !/^--(?:flows|rounds|messages|keep)$/.test(flags[index - 1] ?? ""),
);
if (unknown !== undefined && unknown !== "--help") console.error(`unknown option: ${unknown}`);
if (load === undefined || unknown !== undefined) {
  console.error(`usage: npm run bench -- <${Object.keys(benches).join("|")}> [--json]
  workload --kill  ends the engine with signal 9 under load, and counts what is lost and repeated
  growth --messages <n>,<n>  the log alone, at these lengths; --rounds <n> for the median of several
  growth --keep <folder>     leaves logs that were filled there, and measures those that are there
  workload --flows <n> --rounds <n>  measures less than 3 rounds of 3,000 flows
  startup --flows <n> --rounds <n>   measures other than 5 rounds, and a workspace of other than 200 flows`);
  process.exitCode = 2;
} else {
  const bench = await load();
  await bench.run({
    json: flags.includes("--json"),
    ...numberOf("flows"),
    ...numberOf("rounds"),
    ...lengths(),
    ...folder(),
  });
}

function lengths(): Pick<BenchOptions, "messages"> {
  const text = valueOf("messages");
  if (text === undefined) return {};
  const messages = text.split(",").map(Number);
  if (messages.every((number) => Number.isInteger(number) && number > 0)) return { messages };
  throw new RangeError(
    `--messages wants numbers with commas between, such as 10000,1000000, and got ${JSON.stringify(text)}`,
  );
}

function folder(): Pick<BenchOptions, "keep"> {
  const keep = valueOf("keep");
  return keep === undefined ? {} : { keep };
}

function valueOf(option: string): string | undefined {
  const at = flags.indexOf(`--${option}`);
  return at < 0 ? undefined : (flags[at + 1] ?? "");
}

function numberOf(option: "flows" | "rounds"): Pick<BenchOptions, "flows" | "rounds"> {
  const at = flags.indexOf(`--${option}`);
  const number = Number(flags[at + 1]);
  if (at < 0) return {};
  if (Number.isInteger(number) && number > 0) return { [option]: number };
  throw new RangeError(`--${option} wants a number, and got ${JSON.stringify(flags[at + 1])}`);
}
