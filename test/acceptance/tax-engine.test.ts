import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadRehearsal } from "../../engine/index.ts";
import { isJsonObject } from "../../engine/model/json.ts";
import { compiled } from "../compiled.ts";
import { VirtualClock } from "../../engine/testing/virtual-clock.ts";
import { taxFiles, withTaxStep } from "./tax-engine/overlay.ts";
import { Business, soon } from "./world/business.ts";
import { type Answer, Partners, type Seen } from "./world/partners.ts";
import { ReferenceWorld, referenceFiles } from "./world/reference.ts";

/** A kind of system that the business did not have: an adapter, and one step. */

type Row = Readonly<Record<string, unknown>>;

interface Transaction {
  readonly code: string;
  readonly lines: readonly {
    readonly amount: number;
    readonly taxOverride: { readonly taxAmount: number };
  }[];
}

describe("a tax engine", () => {
  test("comes with one step in the invoice's flow, and every flow test passes", async () => {
    const [before, own] = [referenceFiles(), taxFiles()];
    const after = Object.fromEntries(
      Object.entries({ ...before, ...own }).map(([path, text]) => [path, withTaxStep(path, text)]),
    );
    expect(Object.keys(own).filter((path) => path in before)).toEqual([]);
    const changed = Object.keys(before).filter((path) => before[path] !== after[path]);
    const flow = "flows/process/invoice-publication";
    expect(changed).toEqual([`${flow}.test.yaml`, `${flow}.yaml`, "sluice.yaml"]);
    // What was there is there, in its order; the step and five lines of settings are new.
    const step = withTaxStep(`${flow}.yaml`, "  - call: erp.createInvoice\n");
    const [inserted] = step.split("  - call: erp.createInvoice");
    expect(inserted?.match(/^ {2}- /gm)).toHaveLength(1);
    expect(after[`${flow}.yaml`]?.replace(inserted ?? "", "")).toBe(before[`${flow}.yaml`]);
    const lines = (text = "") => text.split("\n");
    const settings = new Set(lines(before["sluice.yaml"]));
    const kept = lines(after["sluice.yaml"]).filter((line) => settings.has(line));
    expect(kept).toEqual(lines(before["sluice.yaml"]));
    expect(lines(after["sluice.yaml"]).length - kept.length).toBe(5);

    const { diagnostics, generation, tests } = await compiled(after);
    expect(diagnostics.filter(({ severity }) => severity !== "information")).toEqual([]);
    if (generation === undefined) throw new Error("it does not compile");
    const { checkExamples, runFlowTest } = await loadRehearsal();
    const results = [
      ...(await Promise.all(tests.map(({ test: one }) => runFlowTest(generation, one)))).flat(),
      ...(await checkExamples(generation)),
    ];
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(tests.some(({ test: one }) => one.flow === "tax-record")).toBe(true);
  });
});

describe("on the estate", () => {
  let world: ReferenceWorld;
  let business: Business;
  let engine: Partners;
  const records = new Map<string, Row>();
  /** Tax that the engine finds, whatever was charged; as charged when it is not set. */
  const finds = new Map<string, number>();
  let broken = 0;

  beforeAll(async () => {
    engine = await Partners.start(new VirtualClock());
    engine.answer = answer;
    world = await ReferenceWorld.open(withTaxStep, {
      more: taxFiles(),
      env: { TAX_URL: `${engine.url}/tax`, TAX_ACCOUNT: "1100001", TAX_LICENSE: "licence" },
    });
    business = await Business.of(world);
  });
  afterAll(async () => engine.close());

  /** As the vendor: one transaction by code, tax as overridden, and what it would have found. */
  function answer({ body, headers, path }: Seen): Answer {
    const login = `Basic ${Buffer.from("1100001:licence").toString("base64")}`;
    if (headers.authorization !== login) return { status: 401, body: {} };
    const model = body["createTransactionModel"];
    if (path !== "/api/v2/transactions/createoradjust" || !isJsonObject(model)) {
      return { status: 404, body: { error: { code: "EntityNotFoundError", message: path } } };
    }
    const { code, lines } = model as unknown as Transaction;
    const totalTax = lines.reduce((sum, line) => sum + line.taxOverride.taxAmount, 0);
    const record = {
      id: records.get(code)?.["id"] ?? 7_000 + records.size,
      code,
      status: "Committed",
      totalAmount: lines.reduce((sum, { amount }) => sum + amount, 0),
      totalTax,
      totalTaxCalculated: finds.get(code) ?? totalTax,
      address: model["addresses"],
    };
    records.set(code, record);
    if (broken === 0) return { status: 201, body: record };
    broken -= 1;
    return "drop";
  }

  test("has each invoice once, with the tax that billing charged, also when its answer is lost", async () => {
    broken = 1;
    const { deal, first } = await business.sold();
    const booked = await business.booked(first);
    expect(booked).toMatchObject({ state: "posted" });
    const account = business.account(deal.accountId);
    expect(records.get(first)).toMatchObject({
      totalTax: Number(booked?.["tax"]),
      totalAmount: Number(booked?.["net"]),
      address: {
        singleLocation: {
          city: account["ShippingCity"],
          country: account["ShippingCountry"],
        },
      },
    });
    const sent = engine.seen.filter(({ body }) => JSON.stringify(body).includes(`"${first}"`));
    expect(sent).toHaveLength(2);
  });

  test("that finds another tax is heard by finance, and the books have billing's", async () => {
    const story = await business.sold();
    const work = await business.billWork(story);
    finds.set(work, 1.23);
    business.issue(work);
    await expect.poll(() => business.booked(work), soon).toMatchObject({ state: "posted" });
    const tax = (Number((await business.billed(work))["tax"]) / 100).toFixed(2);
    expect(await business.booked(work)).toMatchObject({ tax });
    const issues = async () => (await world.cli("issues", "--flow", "tax-record", "--json")).out;
    await expect
      .poll(async () => JSON.parse(await issues()) as readonly Row[], soon)
      .toMatchObject([{ code: "tax-assessed-otherwise", team: "finance-operations" }]);
  });
});
