import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openReader } from "../../engine/index.ts";
import { EngineProcess, Partner, Scratch } from "./harness.ts";
import { files } from "./things.ts";

let scratch: Scratch;
let partner: Partner;
let engine: EngineProcess | undefined;

beforeEach(async () => {
  scratch = new Scratch();
  scratch.write(files);
  partner = await Partner.start();
});

afterEach(async () => {
  await engine?.kill();
  engine = undefined;
  await partner.close();
  scratch.remove();
});

const things = Array.from({ length: 20 }, (_, index) => ({
  id: `thing-${index}`,
  key: `key-${index % 4}`,
}));

/** Sends what was not acknowledged yet, as a vendor does. */
async function send(to: EngineProcess, acknowledged: Set<string>): Promise<void> {
  await Promise.all(
    things.map(async (thing) => {
      if (acknowledged.has(thing.id)) return;
      if (await to.post("/webhooks/shopware/things", thing)) acknowledged.add(thing.id);
    }),
  );
}

async function statuses(): Promise<Readonly<Record<string, number>>> {
  const reader = await openReader(scratch.store);
  const runs = await reader.runs({ limit: 1_000 });
  reader.close();
  return Object.fromEntries(
    [...new Set(runs.map(({ status }) => status))].map((status) => [
      status,
      runs.filter((run) => run.status === status).length,
    ]),
  );
}

/** Order of one key's first requests to one path. */
function order(path: string, key: string): readonly string[] {
  const ids = partner.requests
    .filter((request) => request.path === path)
    .map(({ body }) => body as { readonly id: string; readonly key: string })
    .filter((body) => body.key === key)
    .map(({ id }) => id);
  return [...new Set(ids)];
}

describe("a process killed by SIGKILL", () => {
  test.each([
    ["message-accepted:7", "before-commit:9", "after-send:3"],
    ["before-commit:1", "after-commit:5", "before-send:4"],
    ["after-send:1", "after-send:5", "after-send:11"],
    ["before-send:1", "run-ended:2", "message-accepted:1"],
  ])(
    "at %s, then %s, then %s loses no message and doubles no effect",
    async (...ends) => {
      const env = { PARTNER_URL: partner.url };
      const acknowledged = new Set<string>();
      for (const end of ends) {
        engine = await EngineProcess.start(scratch, env, end);
        await send(engine, acknowledged);
        // A point that is not reached any more (all was done before) ends the life from outside.
        if (acknowledged.size === things.length) await engine.kill();
        else await engine.ended();
      }
      engine = await EngineProcess.start(scratch, env);
      await send(engine, acknowledged);
      await partner.seen(2 * things.length);
      await engine.stop();
      expect(await statuses(), engine.output).toEqual({ done: things.length });
      expect(partner.effects.size).toBe(2 * things.length);
      const keys = [...new Set(things.map(({ key }) => key))];
      for (const key of keys) expect(order("/confirmations", key)).toEqual(order("/things", key));
    },
    60_000,
  );

  test("while a partner breaks connections after the effect, ends in the same state", async () => {
    partner.breaks = (count) => count % 5 === 0;
    const env = { PARTNER_URL: partner.url };
    const acknowledged = new Set<string>();
    engine = await EngineProcess.start(scratch, env, "after-commit:15");
    await send(engine, acknowledged);
    await engine.kill();
    engine = await EngineProcess.start(scratch, env);
    await send(engine, acknowledged);
    await partner.seen(2 * things.length);
    partner.breaks = () => false;
    // The last outcome may still be a broken one: its retry comes by itself.
    await engine.stop();
    engine = await EngineProcess.start(scratch, env);
    await engine.stop();
    expect(partner.effects.size).toBe(2 * things.length);
  }, 60_000);

  test("started by the command line goes on where it was", async () => {
    const env = { PARTNER_URL: partner.url };
    const acknowledged = new Set<string>();
    engine = await EngineProcess.startCli(scratch, env);
    await send(engine, acknowledged);
    expect(acknowledged.size).toBe(things.length);
    await engine.kill();
    engine = await EngineProcess.startCli(scratch, env);
    await partner.seen(2 * things.length);
    await engine.stop();
    expect(await statuses(), engine.output).toEqual({ done: things.length });
  }, 60_000);
});
