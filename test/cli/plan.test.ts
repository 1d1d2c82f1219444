import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";
import { Shop } from "./shop.ts";

describe("plan of the starter's flow", () => {
  let shop: Shop;

  beforeEach(async () => {
    shop = await Shop.open();
  });

  afterEach(async () => {
    await shop.close();
  });

  test("takes the message of the first test, and sends nothing, reads allowed or not", async () => {
    for (const more of [[], ["--reads"]]) {
      const { code, out, err } = await shop.call("plan", "order-to-erp", ...more);
      expect(err).toContain("an order whose lines add up is created");
      expect(out).toMatch(/POST http:\/\/127\.0\.0\.1:\d+\/orders/);
      expect(out).not.toContain("t0p-secret");
      expect(code).toBe(0);
    }
    expect(shop.seen).toEqual([]);
  });

  test("a slip in an answer's name is told, and an answer that nobody asked for", async () => {
    const answers = join(shop.root, "answers.json");
    writeFileSync(answers, JSON.stringify({ "erp.createOrdr": {} }));
    const slip = await shop.call("plan", "order-to-erp", "--answers", "answers.json");
    expect(slip.code).toBe(2);
    expect(slip.err).toContain('Did you mean "erp.createOrder"?');
    writeFileSync(answers, JSON.stringify({ "task approval": "approve" }));
    const unused = await shop.call("plan", "order-to-erp", "--answers", "answers.json");
    expect(unused.code).toBe(0);
    expect(unused.err).toContain("answers that nothing asked for: task approval");
  });

  test("a flow with a schedule needs no event: its message is known", async () => {
    writeFileSync(
      join(shop.root, "flows/process/nightly.yaml"),
      "flow: nightly\nowner: operations\ntrigger: { schedule: { every: 5m } }\nkey: none\nsteps: [{ stop: { code: nothing-to-do } }]\n",
    );
    const { err } = await shop.call("plan", "nightly");
    expect(err).toContain("as if the schedule's time were now");
    expect(err).not.toContain("cli/no-input");
  });

  test("with findings, shows them instead", async () => {
    shop.edit("flows/process/order-to-erp.yaml", "erp.createOrder", "erp.createOrdr");
    const { code, err } = await shop.call("plan", "order-to-erp");
    expect(code).toBe(1);
    expect(err).toMatch(/order-to-erp\.yaml:13:11: unknown operation[^]*\^~~~[^]*has 1 error /);
  });
});

const logIn = /\/(?:session|oauth2?\/token)/;

describe("plan of the reference workspace", { timeout: 60_000 }, () => {
  /** Every base URL leads here, so that whatever is sent is seen. */
  const seen: string[] = [];
  const partner = createServer((request, response) => {
    seen.push(`${request.method ?? ""} ${request.url ?? ""}`);
    // Whoever logs in gets in: what follows is to be seen, too.
    const isLogIn = logIn.test(request.url ?? "");
    response.writeHead(isLogIn ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(isLogIn ? { access_token: "t", token: "t", expires_in: 60 } : {}));
  });
  let url = "";

  beforeEach(async () => {
    seen.length = 0;
    await new Promise<void>((resolve) => {
      partner.listen(0, "127.0.0.1", resolve);
    });
    const address = partner.address();
    if (typeof address === "object" && address !== null) url = `http://127.0.0.1:${address.port}`;
  });

  afterEach(async () => {
    partner.closeAllConnections();
    await new Promise((resolve) => partner.close(resolve));
  });

  const env = (): Record<string, string> => {
    const text = readFileSync("sluice.yaml", "utf8");
    const names = [...text.matchAll(/^ {2}([A-Z][A-Z0-9_]*):/gm)].map(([, name = ""]) => name);
    return Object.fromEntries(
      names.map((name) => [name, name.endsWith("_URL") ? url : "t0p-secret"]),
    );
  };

  async function plan(...argv: string[]) {
    const terminal = recordingTerminal({ env: env() });
    const code = await main(["plan", ...argv], terminal);
    return { code, out: terminal.output(), err: terminal.errors() };
  }

  test("nothing leaves without --reads", async () => {
    for (const flow of ["opportunity-to-order", "customer-sync", "subscription-activation"]) {
      const { out } = await plan(flow);
      expect(out).toContain("calls");
      expect(out).not.toContain("t0p-secret");
    }
    expect(seen).toEqual([]);
  });

  test("with --reads, only reads leave", async () => {
    for (const flow of ["opportunity-to-order", "customer-sync", "subscription-activation"]) {
      await plan(flow, "--reads");
    }
    expect(seen.filter((one) => one.startsWith("GET ")).length).toBeGreaterThan(3);
    // A stock check is a read that its vendor wants posted; log-ins are no part of a flow.
    const others = seen.filter(
      (one) => !one.startsWith("GET ") && !one.includes("/availability") && !logIn.test(one),
    );
    expect(others).toEqual([]);
  });

  test("shows another vendor's requests, with the ids that earlier ones would link", async () => {
    const swap = ["--system", "crm=hubspot", "--system", "erp=business-central"];
    const { code, out } = await plan("opportunity-to-order", ...swap);
    expect(code).toBe(0);
    expect(out).toMatch(/crm\.getCustomer .*\n +GET .*\/crm\/v3\/objects\/companies\/001GLOBEX/);
    expect(out).toMatch(/erp\.createOrder .*\n +GET .*\/salesOrders\?/);
    expect(out).toMatch(/erp\.getCreditStatus .*\n +GET .*\/customers\(new-customer\)/);
    expect(out).not.toContain("services/data");
    expect(seen).toEqual([]);
  });

  test("says which id it would need where nothing links it", async () => {
    expect((await plan("partner-changed")).out).toMatch(
      /erp\.getCustomer .*\n +no request can be shown: the crosswalk has no id of customer "\w+" at erp/,
    );
  });

  test("says what it waits for, and goes on with the answer", async () => {
    const open = await plan("subscription-activation");
    expect(open.out).toContain('--answers "event billing.subscription.activated"');
    expect(open.out).toContain("ends active");
  });

  test("goes on with what a person picks, as the engine would take it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-plan-"));
    const file = join(folder, "answers.json");
    const other = (erpId: string) => ({
      erpId,
      customerId: null,
      name: "GLOBEX INC",
      taxId: null,
      domain: null,
      matchedBy: "name",
    });
    const found = { customerId: "001GLOBEX", known: null, others: [other("C-1"), other("C-2")] };
    const answered = async (answer: unknown) => {
      writeFileSync(file, JSON.stringify({ "erp.findCustomers": found, "task steward": answer }));
      return plan("customer-matching", "--answers", file);
    };
    try {
      const linked = await answered({ choice: "link", pick: "C-2", by: "grace" });
      expect(linked.err).not.toContain("nothing asked for");
      expect(linked.out).toMatch(/erp\.adoptCustomer[^]*C-2/);
      const open = await answered({ choice: "link" });
      expect(open.code).toBe(2);
      expect(open.err).toContain('"link" names none');
      expect(open.err).toContain('pick one of "C-1" and "C-2"');
      const slip = await answered({ choice: "link", pik: "C-1" });
      expect(slip.code).toBe(2);
      expect(slip.err).toContain('"pik". Did you mean "pick"?');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
