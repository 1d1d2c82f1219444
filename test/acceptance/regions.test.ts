import { describe, expect, test } from "vitest";
import { digest } from "../../engine/composition/digest.ts";
import { runFlowTest } from "../../engine/composition/rehearse.ts";
import { compileWorkspace } from "../../engine/spec/index.ts";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { made, World } from "./world/world.ts";

/** Company codes and the adapters that their orders and charges go to. */
const table = [
  { companyCode: "1000", erp: "erp-one", billing: "billing-one" },
  { companyCode: "2000", erp: "erp-eu", billing: "billing-eu" },
  { companyCode: "2100", erp: "erp-eu", billing: "billing-eu" },
  // Its finance is central, its billing is local.
  { companyCode: "3000", erp: "erp-one", billing: "billing-asia" },
] as const;

const other = (system: string, region: string): string =>
  adapterText(system)
    .replace(`adapter: ${system}-one`, `adapter: ${system}-${region}`)
    .replace(`'/${system}'`, `'/${system}-${region}'`);

const cases = table
  .map(
    ({ companyCode, erp, billing }) => `  - name: company ${companyCode} is kept by ${erp}
    given: { message: { data: { id: t, key: k, companyCode: "${companyCode}" } } }
    calls: [{ call: erp.create, returns: {} }, { call: billing.create, returns: {} }]
    expect: { outcome: done, requests: [${erp}.create, ${billing}.create] }
`,
  )
  .join("");

const routing = (expected = cases): string =>
  `test: A company's orders go to the systems that keep it\nflow: post-thing\ncases:\n${expected}`;

const files = {
  ...texts({
    "mappings/codes/company-regions.yaml": `codes: company-regions
description: The region that keeps a company. A company that is not here is refused.
owner: ops
values: { "1000": home, "2000": eu, "2100": eu, "3000": asia }
`,
    "flows/system/erp.erp-eu.yaml": other("erp", "eu"),
    "flows/system/billing.billing-eu.yaml": other("billing", "eu"),
    "flows/system/billing.billing-asia.yaml": other("billing", "asia"),
    "flows/process/post-thing.yaml": flowText(
      `${callText("erp", "create")}  - run: charge-thing\n    with: "\${ $message.data }"\n`,
      `region: "$code('company-regions', $message.data.companyCode)"`,
    ),
    "flows/process/charge-thing.yaml": flowText(
      callText("billing", "create"),
      "input: canonical/thing@1",
    )
      .replace("flow: post-thing", "flow: charge-thing")
      .replace("trigger: { event: shop.thing.made }\n", ""),
  }),
};
const regions = (text = ""): string =>
  text
    .replace("erp: erp-one", "erp: { adapter: erp-one, regions: { eu: erp-eu } }")
    .replace(
      "billing: billing-one",
      "billing: { adapter: billing-one, regions: { eu: billing-eu, asia: billing-asia } }",
    );
const workspace = { ...files, "sluice.yaml": regions(files["sluice.yaml"]) };

const orders = flowText(
  callText("erp", "create") + callText("billing", "create"),
  `region: "$code('company-regions', $message.data.companyCode)"`,
);

async function problems(text: string): Promise<readonly string[]> {
  const { generation, tests, diagnostics } = compileWorkspace(
    {
      ...workspace,
      "flows/process/post-thing.yaml": orders,
      "flows/process/post-thing.test.yaml": text,
    },
    { digest },
  );
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ message }) => message)).toEqual([]);
  const [first] = tests;
  if (generation === undefined || first === undefined) throw new Error("nothing to run");
  return (await runFlowTest(generation, first.test)).flatMap((result) => result.problems);
}

describe("companies kept by several ERPs and local billing platforms", () => {
  test("the routing is a table that a flow test holds", async () => {
    expect(await problems(routing())).toEqual([]);
    const wrong = cases.replaceAll("erp-eu.create", "erp-one.create");
    expect(await problems(routing(wrong))).toEqual([
      "request 1: expected erp-one.create, and it is erp-eu.create",
      "request 1: expected erp-one.create, and it is erp-eu.create",
    ]);
  });

  test("each company's work reaches its own systems, also through a flow that is run", async () => {
    const world = await World.open({ files: workspace });
    for (const { companyCode } of table) await world.tell(made(companyCode, "k", { companyCode }));
    await world.idle();
    const short = (adapter: string) => adapter.replace("-one", "");
    expect(world.partners.story).toEqual(
      table.flatMap(({ companyCode, erp, billing }) => [
        `${short(erp)} POST /things ${companyCode}`,
        `${short(billing)} POST /things ${companyCode}`,
      ]),
    );
  });

  test("a company that nobody assigned is refused, and no ERP hears of it", async () => {
    const world = await World.open({ files: workspace });
    await world.tell(made("1", "k", { companyCode: "9999" }));
    expect(world.partners.seen).toEqual([]);
    expect(await world.statuses()).toEqual({ invalid: 1 });
    const [run] = await world.serving.store.read.runs({ flow: "post-thing", limit: 1 });
    expect(JSON.stringify(run)).toContain("9999");
  });
});
