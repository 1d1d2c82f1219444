import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";

const folders: string[] = [];

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-cli-"));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function call(argv: readonly string[], cwd = "cli/starter", env = {}) {
  const terminal = recordingTerminal({ cwd, env });
  const code = await main(argv, terminal);
  return { code, out: terminal.output(), err: terminal.errors() };
}

describe("usage", () => {
  test("an unknown verb is named, with what was meant", async () => {
    const { code, err } = await call(["validte"]);
    expect(code).toBe(2);
    expect(err).toContain("unknown command 'validte'");
    expect(err).toContain("validate");
  });

  test("help ends well", async () => {
    const { code, out } = await call(["--help"]);
    expect(code).toBe(0);
    expect(out).toContain("Exit codes:");
  });

  test("outside a workspace, the remedy is said", async () => {
    const { code, err } = await call(["validate"], emptyFolder());
    expect(code).toBe(2);
    expect(err).toContain("no sluice.yaml");
    expect(err).toContain("sluice new");
  });

  test("an adapter that plays no such role is refused", async () => {
    const { code, err } = await call(["validate", "--system", "erp=sap"]);
    expect(code).toBe(2);
    expect(err).toContain('no adapter "sap" plays erp');
    expect(err).toContain("erp is played by example-erp");
  });

  test("lists of a workspace that never ran say so", async () => {
    const { code, err } = await call(["runs", "--store", join(emptyFolder(), "none.db")]);
    expect(code).toBe(2);
    expect(err).toContain("there is no store");
  });
});

describe("preview", () => {
  test("shows output, verdicts, lineage and what is not read", async () => {
    const { code, out } = await call(["preview", "shop/order-in"]);
    expect(out).toContain('"orderId": "S-1001"');
    expect(out).toMatch(/input\s+conforms/);
    expect(out).toMatch(/output\s+conforms/);
    expect(out).toMatch(/\/orderId\s+data\.order_number/);
    expect(out).toContain("not read: event_id, type");
    expect(code).toBe(0);
  });

  test("an output that breaks its schema is shown with the breach", async () => {
    const folder = emptyFolder();
    const input = join(folder, "event.json");
    writeFileSync(
      input,
      JSON.stringify({
        event_id: "e",
        type: "t",
        data: { order_number: "", currency: "EUR", grand_total: 1, items: [] },
      }),
    );
    const { code, out } = await call(["preview", "shop/order-in", input]);
    expect(code).toBe(1);
    expect(out).toContain("/orderId");
    expect(out).toContain("/lines");
  });

  test("an unknown mapping is answered by those there are", async () => {
    const { code, err } = await call(["preview", "shop/ordr-in"]);
    expect(code).toBe(2);
    expect(err).toContain("there are example-erp/order-out and shop/order-in");
  });

  test("a file that is no JSON is named", async () => {
    const input = join(emptyFolder(), "event.json");
    writeFileSync(input, "{ nope");
    const { code, err } = await call(["preview", "shop/order-in", input]);
    expect(code).toBe(2);
    expect(err).toContain("is no JSON");
  });
});

describe("plan", () => {
  test("shows the requests that would be sent, and sends none", async () => {
    const input = join(emptyFolder(), "order.json");
    const order = {
      orderId: "S-1",
      currency: "EUR",
      total: "20.00",
      lines: [{ sku: "TEA", quantity: 2, amount: "20.00" }],
    };
    writeFileSync(input, JSON.stringify(order));
    const { code, out } = await call(["plan", "order-to-erp", input]);
    expect(out).toContain("POST http://127.0.0.1:9200/orders");
    expect(out).toContain('"article":"TEA"');
    expect(out).toContain("ends done");
    expect(code).toBe(0);
  });

  test("an event that breaks the flow's input schema starts nothing, and says why", async () => {
    const input = join(emptyFolder(), "order.json");
    writeFileSync(input, JSON.stringify({ orderId: "S-1" }));
    const { code, out } = await call(["plan", "order-to-erp", input]);
    expect(code).toBe(1);
    expect(out).toContain("currency");
  });
});

describe("new", () => {
  test("makes a workspace, and does not touch a folder that has something", async () => {
    const folder = join(emptyFolder(), "shop");
    expect((await call(["new", folder])).code).toBe(0);
    expect((await call(["validate"], folder)).code).toBe(0);
    const again = await call(["new", folder]);
    expect(again.code).toBe(2);
    expect(again.err).toContain("is not empty");
  });
});

describe("docs and schema", () => {
  test("explain a step, a finding and a function", async () => {
    expect((await call(["docs", "listen"])).out).toContain("## listen");
    expect((await call(["docs", "spec/unknown-key"])).out).toContain("## spec/unknown-key");
    expect((await call(["docs", "$money"])).out).toContain("$money(");
    expect((await call(["docs", "lisen"])).code).toBe(2);
  });

  test("print an editor schema", async () => {
    const { code, out } = await call(["schema", "flow"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ type: "object" });
  });
});

describe("validate", () => {
  test("has four formats, and names them when another is asked for", async () => {
    expect(JSON.parse((await call(["validate", "--format", "sarif"])).out)).toMatchObject({
      version: "2.1.0",
    });
    expect(JSON.parse((await call(["validate", "--format", "json"])).out)).toEqual([]);
    const { code, err } = await call(["validate", "--format", "xml"]);
    expect(code).toBe(2);
    expect(err).toContain("human, json, sarif, github");
  });

  test("with --environment, a secret that is not set is an error", async () => {
    const { code, out } = await call(["validate", "--environment"]);
    expect(code).toBe(1);
    expect(out).toContain('secret "ERP_TOKEN" has no value here');
  });
});
