import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const bin = join(import.meta.dirname, "../../cli/sluice.js");

/** What one start took. */
export interface Start {
  readonly wallMs: number;
  /** Of user and system, of all its threads. */
  readonly cpuMs: number;
}

/** Says on stderr what the CPU gave so far: when the text comes on stdout, or else at the end. */
const hook = (until: string): string =>
  `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from "node:fs";
  let isSaid = false;
  const say = () => {
    const { user, system } = process.cpuUsage();
    if (!isSaid) writeSync(2, "\\ncpu " + (user + system) + "\\n");
    isSaid = true;
  };
  const write = process.stdout.write;
  process.stdout.write = function (chunk, ...rest) {
    if (${JSON.stringify(until)} !== "" && String(chunk).includes(${JSON.stringify(until)})) say();
    return write.call(this, chunk, ...rest);
  };
  process.on("exit", say);
`)}`;

/**
 * Starts the command line as a user does. Measures until it has ended, or until it has written the
 * text `until`, and ends it then. Throws where it fails.
 */
export async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  until = "",
): Promise<Start> {
  const begun = performance.now();
  const child = spawn(process.execPath, ["--import", hook(until), bin, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  let readyMs: number | undefined;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
    if (until === "" || readyMs !== undefined || !out.includes(until)) return;
    readyMs = performance.now() - begun;
    child.kill("SIGTERM");
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    err += chunk;
  });
  const [code] = (await once(child, "close")) as [number | null];
  const wallMs = until === "" ? performance.now() - begun : readyMs;
  const [, micros] = /^cpu (\d+)$/m.exec(err) ?? [];
  if (code !== 0 || wallMs === undefined || micros === undefined) {
    throw new Error(`sluice ${args.join(" ")} ended with ${code}:\n${out}${err}`);
  }
  return { wallMs, cpuMs: Number(micros) / 1_000 };
}
