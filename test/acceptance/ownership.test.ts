import { beforeAll, describe, expect, test } from "vitest";
import { erpClient } from "../engine/testing/estate/clients.ts";
import { digest } from "../../engine/composition/digest.ts";
import { runFlowTest } from "../../engine/composition/rehearse.ts";
import { compileWorkspace } from "../../engine/spec/index.ts";
import { ReferenceWorld } from "./world/reference.ts";
import { callText, flowText, texts } from "./world/texts.ts";
import { made, World } from "./world/world.ts";

/** Each attribute has one system of record; what others say of it is kept, and written nowhere. */

const soon = { timeout: 15_000, interval: 20 };

interface Conflict {
  readonly attribute: string;
  readonly kept: unknown;
  readonly given: unknown;
  readonly source: string;
  readonly owner: string;
  readonly reason: string;
  readonly times: number;
}

describe("a customer whose registered name both CRM and ERP have changed", () => {
  let world: ReferenceWorld;
  beforeAll(async () => {
    world = await ReferenceWorld.open();
  });
  const accountOf = (id: string): Readonly<Record<string, unknown>> =>
    world.estate.crm.records.get("Account", id) ?? {};
  const conflicts = async (id: string) =>
    JSON.parse((await world.cli("conflicts", id, "--json")).out) as readonly Conflict[];

  test("has the ERP's in both, what the CRM owns goes through, and the CRM's name is kept aside", async () => {
    const { estate } = world;
    const deal = await world.close({ lines: [{ sku: "GW-100", quantity: 1 }] });
    const account = () => accountOf(deal.accountId);
    const code = String(account()["ERP_Customer_Code__c"]);
    // The ERP's own change reaches the CRM …
    const proposed = String(account()["Legal_Name__c"]);
    estate.erp.customers.setLegalName(code, "Registered Holding GmbH");
    await expect.poll(account, soon).toMatchObject({ Legal_Name__c: "Registered Holding GmbH" });
    // … and the CRM's own does not overwrite the ERP's.
    estate.editRecord("Account", deal.accountId, {
      Legal_Name__c: "Sales Calls It So",
      Billing_Email__c: "new@customer.example",
    });
    await expect.poll(account, soon).toMatchObject({ Legal_Name__c: "Registered Holding GmbH" });
    const erp = await erpClient(estate);
    await expect
      .poll(async () => (await erp("GET", `/customers/${code}`)).body, soon)
      .toMatchObject({ legal_name: "Registered Holding GmbH", email: "new@customer.example" });

    // By the id of either system: the values that lost, with source, time and reason.
    for (const id of [deal.accountId, code]) {
      expect(await conflicts(id)).toMatchObject([
        {
          attribute: "legalName",
          kept: "Registered Holding GmbH",
          given: "Sales Calls It So",
          source: "crm",
          owner: "erp",
          reason: "overruled",
        },
        { attribute: "legalName", given: proposed, source: "crm" },
      ]);
    }
    const { out } = await world.cli("conflicts");
    expect(out).toMatch(
      /customer \w+ +legalName.*Registered Holding GmbH.*Sales Calls It So.*crm.*erp decides/,
    );
    expect((await world.cli("conflicts", "nobody")).out).toBe("no conflicts\n");
  });

  test("revealing them is on record, with the name", async () => {
    const { code, err } = await world.ask("conflicts", "--reveal", "--by", "grace");
    expect(err).toBe("");
    expect(code).toBe(0);
    const audits = await world.serving.store.read.audits({});
    expect(audits.some(({ actor, action }) => actor === "grace" && /reveal/.test(action))).toBe(
      true,
    );
  });
});

describe("a golden record", () => {
  const schema = JSON.stringify({
    title: "Firm",
    owner: "ops",
    "x-entity": "firm",
    type: "object",
    required: ["id"],
    properties: {
      id: { type: "string", "x-system-of-record": "shop" },
      name: { type: "string", "x-system-of-record": "erp" },
      taxId: { type: ["string", "null"], "x-system-of-record": "billing" },
      note: { type: "string" },
      phone: { type: ["string", "null"], "x-system-of-record": "shop" },
    },
  });
  const step = `  - golden: canonical/firm@1
    id: firm
    canonical: "$message.data.id"
    of:
      shop: "\${ $message.data.firm }"
      erp: "\${ $message.data.erp }"
  - call: erp.create
    with: { id: "\${ $steps.firm.id }", key: "\${ $string($steps.firm) }" }
`;
  const files = texts({
    "schemas/canonical/firm@1.json": schema,
    "schemas/canonical/thing@1.json": JSON.stringify({
      title: "Thing",
      owner: "ops",
      type: "object",
    }),
    "flows/process/post-thing.yaml": flowText(step),
  });

  async function goldenOf(firm: object, erp: object | null) {
    const given = JSON.stringify({ id: "1", key: "k", firm, erp });
    const { generation, tests, diagnostics } = compileWorkspace(
      {
        ...files,
        "flows/process/post-thing.test.yaml": `test: t
flow: post-thing
cases:
  - name: one
    given: { message: { data: ${given} } }
    calls: [{ call: erp.create, returns: {} }]
    expect: { outcome: done, requests: [], conflicts: [] }
`,
      },
      { digest },
    );
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const [first] = tests;
    if (generation === undefined || first === undefined) throw new Error("nothing to run");
    const [result] = await runFlowTest(generation, first.test);
    return result?.problems.join("\n") ?? "";
  }

  test("takes each attribute from its system of record", async () => {
    const found = await goldenOf({ id: "1", name: "Ours" }, { name: "Theirs" });
    expect(found).toContain('{\\"id\\":\\"1\\",\\"name\\":\\"Theirs\\"}');
    expect(found).toContain("name shop");
  });

  test("fills what its owner does not know, which is no conflict", async () => {
    const found = await goldenOf({ id: "1", name: "Ours", note: "x" }, null);
    expect(found).toContain('{\\"id\\":\\"1\\",\\"name\\":\\"Ours\\",\\"note\\":\\"x\\"}');
    expect(found).not.toContain("name shop");
  });

  test("is cleared where its owner says null, and what others say is kept as a conflict", async () => {
    const cleared = await goldenOf({ id: "1", name: "O", phone: null }, { phone: "030" });
    expect(cleared).toContain('{\\"id\\":\\"1\\",\\"name\\":\\"O\\",\\"phone\\":null}');
    expect(cleared).toContain("phone erp");
    // What its owner leaves out is not its word, and null from anybody else is none.
    const filled = await goldenOf({ id: "1", name: "O" }, { phone: "030" });
    expect(filled).toContain('\\"phone\\":\\"030\\"');
    expect(filled).not.toContain("phone erp");
    const kept = await goldenOf({ id: "1", name: "O", phone: "040" }, { phone: null });
    expect(kept).toContain('\\"phone\\":\\"040\\"');
    // An attribute that may not be null cannot be cleared.
    expect(await goldenOf({ id: "1", name: "O" }, { name: null })).toContain('\\"name\\":\\"O\\"');
  });

  test("withholds what only somebody says who is not asked", async () => {
    const found = await goldenOf({ id: "1", taxId: "DE-1" }, null);
    expect(found).toContain('{\\"id\\":\\"1\\",\\"taxId\\":null}');
    expect(found).toContain("taxId shop");
  });
});

test("what a system keeps for itself goes to that system alone", async () => {
  const thing = JSON.parse(texts()["schemas/canonical/thing@1.json"] ?? "") as {
    properties: object;
  };
  const ext = { type: "object", "x-extension": true, additionalProperties: { type: "object" } };
  const world = await World.open({
    files: texts({
      "schemas/canonical/thing@1.json": JSON.stringify({
        ...thing,
        properties: { ...thing.properties, ext },
      }),
      "flows/process/post-thing.yaml": flowText(
        callText("erp", "create") + callText("billing", "create"),
      ),
    }),
  });
  const keeps = { erp: { rank: 1 }, shop: { margin: "0.4" } };
  await world.tell(made("1", "k", { ext: keeps }));
  const seen = (system: string) => world.partners.to(system).map(({ body }) => body["ext"]);
  expect(seen("erp")).toEqual([{ erp: { rank: 1 } }]);
  expect(seen("billing")).toEqual([{}]);
});
