import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const scripts = join(import.meta.dirname, "..");
const stops: (() => Promise<void>)[] = [];

/**
 * Starts the systems side by side before the first test, each in a folder of its own or in the one that
 * its variable names; what was made here goes with the last test. Test files find them running.
 */
export async function setup(): Promise<void> {
  process.env["SLUICE_REAL_PORT"] ??= String(await freePort());
  process.env["SLUICE_REAL_LOCK"] = String(await freePort());
  const hook = `http://127.0.0.1:${process.env["SLUICE_REAL_PORT"]}/webhooks/request-tracker/events`;
  const start = async (name: string, variable: string, ...more: readonly string[]) => {
    const kept = process.env[variable];
    const home = kept ?? (await mkdtemp(join(tmpdir(), `sluice-${name}-`)));
    process.env[variable] = home;
    stops.push(async () => {
      await run(join(scripts, name, "stop.sh"), [home]);
      if (kept === undefined) await rm(home, { recursive: true, force: true });
    });
    await run(join(scripts, name, "start.sh"), [home, ...more], { maxBuffer: 1 << 20 });
  };
  const started = await Promise.allSettled([
    start("tryton", "SLUICE_TRYTON_DIR"),
    start("request-tracker", "SLUICE_RT_DIR", hook),
    start("stripe", "SLUICE_STRIPE_DIR"),
  ]);
  const failed = started.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") {
    await teardown();
    throw failed.reason;
  }
}

export async function teardown(): Promise<void> {
  for (const stop of stops.splice(0)) await stop();
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
