import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";
import { Shop } from "./shop.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-slips-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function call(argv: readonly string[], env = {}, cwd = "cli/starter") {
  const terminal = recordingTerminal({ cwd, env });
  const code = await main(argv, terminal);
  return { code, out: terminal.output(), err: terminal.errors() };
}

describe("a slip of the pen", () => {
  test.each([
    [["rnu"], "sluice: unknown command 'rnu'. Did you mean run? [cli/usage]", "`sluice --help`"],
    [["validate", "--formt", "json"], "Did you mean --format? [cli/usage]", "validate --help"],
    [["preview"], "missing required argument 'mapping'", "sluice preview <mapping> [input]"],
    [["-w", "x", "validate"], "unknown option '-w'", "options stand after the verb"],
    [["new", "adapter"], "the new adapter has no name [cli/no-name]", "new adapter <name>"],
  ])("%j is said as every error is, with what to write", async (argv, said, help) => {
    const { code, out, err } = await call(argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toMatch(/^sluice: .*\[cli\/[\w-]+\]\n {2}= help: .*\n$/);
    expect(err).toContain(said);
    expect(err).toContain(help);
  });

  test("a folder given for a store is named", async () => {
    const { code, err } = await call(["runs", "--store", folder]);
    expect([code, err]).toEqual([2, expect.stringContaining(`${folder} is a folder`)]);
    const env = { SHOP_WEBHOOK_SECRET: "x", ERP_TOKEN: "x" };
    const run = await call(["run", "--port", "0", "--store", folder], env);
    expect([run.code, run.err]).toEqual([3, expect.stringContaining(`"${folder}" is a folder`)]);
  });

  test("a file that is no store is named", async () => {
    const path = join(folder, "notes.db");
    writeFileSync(
      path,
      "no database, but long enough to be looked at as if it were one\n".repeat(99),
    );
    const { code, err } = await call(["runs", "--store", path]);
    expect([code, err]).toEqual([3, expect.stringContaining(`not a store of sluice: ${path}`)]);
  });

  test("--json is --format json where there are formats", async () => {
    expect(JSON.parse((await call(["validate", "--json"])).out)).toEqual([]);
    expect(JSON.parse((await call(["graph", "--json"])).out)).toHaveLength(1);
  });

  test("an input of which nothing is read is called the whole input", async () => {
    const path = join(folder, "empty.json");
    writeFileSync(path, "[1]");
    expect((await call(["preview", "shop/order-in", path])).out).toContain(
      "not read: (whole input)\n",
    );
  });
});

describe("what is set here and cannot be right", () => {
  const sound = { SHOP_WEBHOOK_SECRET: "x", ERP_TOKEN: "x" };

  test("an address without a scheme is refused before anything is sent, and not shown", async () => {
    const env = { ...sound, ERP_URL: "user:hunter2@erp.example.com" };
    for (const argv of [
      ["validate", "--environment"],
      ["run", "--port", "0", "--store", join(folder, "s.db")],
    ]) {
      const { code, out, err } = await call(argv, env);
      expect(code).toBe(1);
      expect(out + err).toContain("ERP_URL as set here makes no address of http or https");
      expect(out + err).toMatch(/erp\.example-erp\.yaml:4:\d+: .*\[adapter\/bad-address\]/s);
      expect(out + err).not.toContain("hunter2");
    }
  });

  test("a secret's file that is not there, empty or a folder is said to be so", async () => {
    const { ERP_TOKEN: _, ...env } = sound;
    const empty = join(folder, "empty");
    writeFileSync(empty, "\n");
    mkdirSync(join(folder, "sub"));
    for (const [file, lack] of [
      [join(folder, "none"), "is not there"],
      [empty, "is empty"],
      [join(folder, "sub"), "is no file"],
    ] as const) {
      const { code, out } = await call(["validate", "--environment"], {
        ...env,
        ERP_TOKEN_FILE: file,
      });
      expect(code).toBe(1);
      expect(out).toContain(`ERP_TOKEN_FILE names ${file}, which ${lack}`);
    }
    const { out } = await call(["validate", "--environment"], {
      ...env,
      SLUICE_SECRETS_DIR: join(folder, "none"),
    });
    expect(out).toContain(`SLUICE_SECRETS_DIR names ${join(folder, "none")}, which is no folder`);
  });
});

describe("with an engine at work", () => {
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
    await shop.run();
  });

  afterEach(async () => {
    await shop.close();
  });

  test.each(["runs", "messages", "dead-letters", "tasks", "issues", "replay --dry-run"])(
    "%s of a flow that nobody knows is a slip, not an empty list",
    async (verb) => {
      const { code, out, err } = await shop.call(
        ...verb.split(" "),
        "--flow",
        "order-to-rep",
        "--json",
      );
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain('the workspace has none. Did you mean "order-to-erp"?');
      const known = await shop.call(...verb.split(" "), "--flow", "order-to-erp", "--json");
      expect(known.err).not.toContain("cli/unknown-flow");
    },
  );

  test("a resume of what is not paused says so, and of what is not there is refused", async () => {
    expect((await shop.call("resume", "--flow", "order-to-erp")).out).toBe(
      "flow order-to-erp: was not paused\n",
    );
    const { code, err } = await shop.call("resume", "--flow", "order-to-rep");
    expect([code, err]).toEqual([2, expect.stringContaining('there is no flow "order-to-rep"')]);
  });

  test.each([
    [["trace", "no-such"], 'nothing is known of "no-such" [cli/unknown-id]', "any id"],
    [["crosswalk", "order", "no-such"], 'no order has the id "no-such" [cli/unknown-id]', "link"],
  ])("%j is refused as an id that is not there", async (call, wrong, help) => {
    const { code, out, err } = await shop.call(...call);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`sluice: ${wrong}\n  = help: `);
    expect(err).toContain(help);
    const json = await shop.call(...call, "--json");
    expect([json.code, JSON.parse(json.out)]).toEqual([2, []]);
  });

  test("a trace tells the attempt, then what came of it, and everything once", async () => {
    shop.answer = { status: 503, body: { message: "down" } };
    await shop.order("S-1");
    const id = await shop.runIn("dead", "S-1");
    shop.answer = { status: 201, body: { number: "SO-7001" } };
    await shop.call("replay", id, "--by", "ada");
    await shop.runIn("done", "S-1");
    const { out } = await shop.call("trace", "S-1");
    const [attempt, ended, resumed, answer, milestone] = [
      /→ erp\.createOrder {2}503/,
      /■|order failed/,
      /resumed by ada/,
      /→ erp\.createOrder.* 201/,
      /★ order\.created/,
    ].map((pattern) => out.search(pattern));
    expect([attempt, ended, resumed, answer, milestone]).not.toContain(-1);
    expect([attempt, ended, resumed, answer, milestone]).toEqual(
      [attempt, ended, resumed, answer, milestone].toSorted((a, b) => Number(a) - Number(b)),
    );
    expect(out.match(/resumed by ada/g)).toHaveLength(1);
    expect(out.match(/is SO-7001 in erp/g)).toHaveLength(1);
  });
});
