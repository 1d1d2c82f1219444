import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openReader } from "../../engine/index.ts";
import { seeded } from "./deal-plan.ts";
import { EngineClient } from "./engine-client.ts";
import { Partner, Scratch } from "./harness.ts";
import { Life } from "./life.ts";
import { files } from "./things.ts";
import { pace } from "./pace.ts";

const token = "reload-test";
const adopted = /"another generation is current"/;
const refused = /"the running generation stays"|the running generation stays/;
const flow = "flows/process/thing.yaml";
const patienceMs = 60_000;

let scratch: Scratch;
let partner: Partner;
let life: Life;
let url: string;
let client: EngineClient;
/** Posts things all the time: `once` waits for a whole one; `stop` answers how many were accepted. */
let load: { once(): Promise<void>; stop(): Promise<number> } | undefined;

beforeEach(async () => {
  scratch = new Scratch();
  scratch.write({ ...files, [flow]: version(0) });
  partner = await Partner.start();
  load = undefined;
});

afterEach(async () => {
  await load?.stop();
  await life.kill();
  await partner.close();
  scratch.remove();
});

/** The flow, telling the partner its version: so that the partner's requests say what ran. */
function version(n: number | string): string {
  const text = files[flow];
  return text.replace(
    'id: post\n    with: "${ $message.data }"',
    `id: post\n    with: "\${ $merge([$message.data, { 'version': '${n}' }]) }"`,
  );
}

async function begin(more: readonly string[] = ["--watch"]): Promise<void> {
  life = new Life({
    workspace: scratch.workspace,
    store: scratch.store,
    env: { PARTNER_URL: partner.url, SLUICE_ADMIN_TOKEN: token },
    more,
  });
  const found = await life.ready;
  if (found === undefined) throw new Error(`the engine did not start:\n${life.output}`);
  url = found;
  client = new EngineClient(url, token);
}

/** Sends things one after the other, each until it is taken, as a vendor does. */
function startLoad(): void {
  const stopping = new AbortController();
  const waiting: (() => void)[] = [];
  let accepted = 0;
  const until = performance.now() + patienceMs;
  const send = async (id: string): Promise<void> => {
    const body = JSON.stringify({ id, key: `key-${accepted % 5}` });
    while (performance.now() < until) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${url}/webhooks/shopware/things`, {
        method: "POST",
        headers,
        body,
      })
        .then((response) => response.arrayBuffer().then(() => response.ok))
        .catch(() => false);
      if (answer) {
        accepted += 1;
        return;
      }
      await pace(20);
    }
    throw new Error(`thing ${id} was never accepted`);
  };
  const all = (async () => {
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      const now = waiting.splice(0);
      await send(`thing-${n}`);
      for (const resolve of now) resolve();
      await pace(5);
    }
    return accepted;
  })();
  load = {
    once: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
      }),
    stop: () => {
      stopping.abort();
      return all;
    },
  };
}

function write(path: string, text: string): void {
  writeFileSync(join(scratch.workspace, path), text);
}

async function generation(): Promise<string> {
  const status = await client.get<{ readonly generation: string }>("/status");
  return status?.generation ?? "none";
}

/** Changes files, and waits until the engine has said what it thinks of them. */
async function change(expected: RegExp, act: () => void): Promise<void> {
  const said = life.says(expected);
  act();
  await said;
}

/** Everything that was accepted ran once, to its end, whatever happened to the files. */
async function nothingIsLost(): Promise<void> {
  await load?.once();
  const accepted = (await load?.stop()) ?? 0;
  load = undefined;
  expect(accepted).toBeGreaterThan(0);
  await partner.seen(2 * accepted);
  await quiet();
  await life.stop();
  const reader = await openReader(scratch.store);
  const runs = await reader.runs({ limit: 100_000 });
  reader.close();
  const statuses = Map.groupBy(runs, ({ status }) => status);
  expect([...statuses.keys()], life.output).toEqual(["done"]);
  expect(runs).toHaveLength(accepted);
  expect(partner.effects.size).toBe(2 * accepted);
}

async function quiet(): Promise<void> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const status = await client.get<{ backlog: number; sending: number }>("/status");
    if (status !== undefined && status.backlog + status.sending === 0) return;
    if (performance.now() > until) throw new Error(`no rest: ${JSON.stringify(status)}`);
    await pace(20);
  }
}

function lastVersion(): unknown {
  const posted = partner.requests.filter(({ path }) => path === "/things");
  return (posted.at(-1)?.body as { readonly version?: unknown } | undefined)?.version;
}

describe("with messages under way, a reload of sluice run", () => {
  test("stays on the first generation while the first change is broken, then takes the mended one", async () => {
    await begin();
    startLoad();
    const before = await generation();
    await change(refused, () => write(flow, `${version(1)}\n  - call: [`));
    expect(await generation()).toBe(before);
    const status = await client.get<{
      findings: readonly { severity: string; at: { file: string } }[];
    }>("/status");
    expect(status?.findings.find(({ severity }) => severity === "error")?.at.file).toBe(flow);
    await change(adopted, () => write(flow, version(1)));
    expect(await generation()).not.toBe(before);
    await nothingIsLost();
    expect(lastVersion()).toBe("1");
  }, 90_000);

  test("stays where a secret is missing that the change wants", async () => {
    await begin();
    startLoad();
    const before = await generation();
    const adapter = "flows/system/erp.legacy.yaml";
    const wanting = files[adapter].replace("auth: { none: true }", "auth: { bearer: ERP_TOKEN }");
    await change(refused, () => {
      write("sluice.yaml", `${files["sluice.yaml"]}secrets: { ERP_TOKEN: Token of the ERP. }\n`);
      write(adapter, wanting);
    });
    expect(await generation()).toBe(before);
    await nothingIsLost();
  }, 90_000);

  test.each([
    ["the caller first", true],
    ["the called first", false],
  ])(
    "takes two files of one save at once, %s",
    async (_, callerFirst) => {
      await begin();
      startLoad();
      const halves = [
        () => write(flow, version(1).replace("erp.post", "erp.enter")),
        () => {
          write("flows/system/erp.yaml", files["flows/system/erp.yaml"].replace("post:", "enter:"));
          write(
            "flows/system/erp.legacy.yaml",
            files["flows/system/erp.legacy.yaml"].replace("  post:\n", "  enter:\n"),
          );
        },
      ];
      await change(adopted, () => {
        for (const half of callerFirst ? halves : halves.toReversed()) half();
      });
      expect(life.output).not.toMatch(refused);
      await nothingIsLost();
      expect(lastVersion()).toBe("1");
    },
    90_000,
  );

  test("takes a renamed file, an atomic replacement, and a removed one with work queued", async () => {
    await begin();
    startLoad();
    const at = (path: string) => join(scratch.workspace, path);
    await change(adopted, () => renameSync(at(flow), at("flows/process/things.yaml")));
    await change(adopted, () => {
      write("flows/process/.things.yaml.tmp", version("replaced"));
      renameSync(at("flows/process/.things.yaml.tmp"), at("flows/process/things.yaml"));
    });
    // What is queued now runs to its end on the generation it came in by.
    await client.post("/pause", { kind: "system", system: "erp" });
    await load?.once();
    const accepted = (await load?.stop()) ?? 0;
    load = { once: () => Promise.resolve(), stop: () => Promise.resolve(accepted) };
    await change(adopted, () => rmSync(at("flows/process/things.yaml")));
    await client.post("/unpause", { kind: "system", system: "erp" });
    await nothingIsLost();
    expect(lastVersion()).toBe("replaced");
  }, 90_000);

  test("takes a folder whose link is swapped, as a config map's is", async () => {
    const folder = join(scratch.workspace, "flows/process");
    rmSync(join(folder, "thing.yaml"));
    for (const n of [1, 2, 3]) {
      mkdirSync(join(folder, `..v${n}`));
      writeFileSync(join(folder, `..v${n}`, "thing.yaml"), version(n));
    }
    symlinkSync("..v1", join(folder, "..data"));
    symlinkSync("..data/thing.yaml", join(folder, "thing.yaml"));
    await begin();
    startLoad();
    // The second swap comes when the watcher has long settled.
    for (const n of [2, 3]) {
      await change(adopted, () => {
        symlinkSync(`..v${n}`, join(folder, "..data_tmp"));
        renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
        rmSync(join(folder, `..v${n - 1}`), { recursive: true });
      });
    }
    await nothingIsLost();
    expect(lastVersion()).toBe("3");
  }, 90_000);

  test("comes a hundred times, and nothing is lost", async () => {
    await begin();
    startLoad();
    for (let n = 1; n <= 100; n += 1) {
      await change(adopted, () => write(flow, version(n)));
    }
    await nothingIsLost();
    expect(lastVersion()).toBe("100");
  }, 150_000);

  test("is cut short by SIGKILL, and the next process goes on with all of it", async () => {
    const seed = Number(process.env["CRASH_SEED"] ?? 1_922);
    const random = seeded(seed);
    await begin();
    startLoad();
    for (let n = 1; n <= 5; n += 1) {
      write(flow, version(n));
      await pace(random() * 500);
      await life.kill();
      await begin();
    }
    await nothingIsLost();
    expect(lastVersion(), `again: CRASH_SEED=${seed}`).toBe("5");
  }, 90_000);
});
