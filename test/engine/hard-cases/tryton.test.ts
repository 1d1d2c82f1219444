import { describe, expect, test } from "vitest";
import { isJsonObject, type Json } from "../../../engine/model/json.ts";
import { lost, operate, refused, result, type Seen, soonest, start, status } from "./kit.ts";

const call = ({ body }: Seen) => (isJsonObject(body) ? body : {});
const method = (seen: Seen) =>
  JSON.stringify(call(seen)["method"]).replaceAll(/^"(?:model\.)?|"$/g, "");
const params = (seen: Seen) => call(seen)["params"];
const decimal = (text: string) => ({ __class__: "Decimal", decimal: text });

const order = {
  orderId: "O-1",
  customerId: "C-1",
  currency: "EUR",
  total: "30.00",
  startsOn: "2026-12-01",
  lines: [
    { sku: "A", quantity: "1", unitPrice: "10.00" },
    { sku: "B", quantity: "2", unitPrice: "10.00" },
  ],
};
const crosswalk = [["customer", "C-1", "erp", "7"]] as const;

/** An ERP that takes an order; `say` answers first where it has something to say. */
function erp(
  say: (seen: Seen, count: number) => ReturnType<typeof result> | undefined = () => undefined,
) {
  const sale = { id: 5, state: "quotation", total_amount: decimal("30.0") };
  return (seen: Seen, count: number) => {
    const said = say(seen, count);
    if (said !== undefined) return said;
    switch (method(seen)) {
      case "currency.currency.search_read":
        return result([{ id: 1 }]);
      case "product.product.search_read": {
        const isA = JSON.stringify(params(seen)).includes('"A"');
        return result([{ id: isA ? 3 : 4, code: isA ? "A" : "B" }]);
      }
      case "sale.line.on_change_product":
        return result({ taxes: JSON.stringify(params(seen)).includes("3") ? [1] : [2, 5] });
      case "sale.sale.create":
        return result([5]);
      case "sale.sale.search_read":
        return result(seen.name === "find" ? [] : [sale]);
      default:
        return result(null);
    }
  };
}

describe("an order", () => {
  test("is made with rows of the vendor's tables, each line's own taxes, and tagged values", async () => {
    const { seen, output, rehearsed } = await operate("erp.createOrder", order, erp(), {
      crosswalk,
    });
    expect(seen.map(({ name }) => name)).toEqual([
      "find",
      "ref:product:A",
      "taxes[0]",
      "ref:product:B",
      "taxes[1]",
      "ref:currency:EUR",
      "create",
      "quote",
      "quote?",
      "quote?~1",
      "confirm",
    ]);
    const create = seen.find(({ name }) => name === "create");
    expect(create === undefined ? null : call(create)).toEqual({
      id: 1,
      method: "model.sale.sale.create",
      params: [
        [
          {
            party: 7,
            reference: "O-1",
            currency: 1,
            sale_date: { __class__: "date", year: 2026, month: 12, day: 1 },
            lines: [
              [
                "create",
                [
                  { product: 3, quantity: 1, unit_price: decimal("10.00"), taxes: [["add", [1]]] },
                  {
                    product: 4,
                    quantity: 2,
                    unit_price: decimal("10.00"),
                    taxes: [["add", [2, 5]]],
                  },
                ],
              ],
            ],
          },
        ],
        { company: 1, language: "en" },
      ],
    });
    expect(rehearsed.status).toBe("done");
    expect(output).toEqual({ orderId: "O-1", erpId: "5" });
  });

  test("that is there is gone on with, and not made again", async () => {
    const { names, output } = await operate(
      "erp.createOrder",
      order,
      erp(({ name }) => (name === "find" ? result([{ id: 5 }]) : undefined)),
      { crosswalk },
    );
    expect(names).not.toContain("create");
    expect(output).toEqual({ orderId: "O-1", erpId: "5" });
  });

  test("in doubt is looked for after a while, and made again only when it is not there", async () => {
    const found = await operate(
      "erp.createOrder",
      order,
      erp(({ name }) =>
        name === "create" ? lost : name === "create?" ? result([{ id: 5 }]) : undefined,
      ),
      { crosswalk },
    );
    expect(found.names.filter((name) => name.startsWith("create"))).toEqual(["create", "create?"]);
    expect(found.seen.find(({ name }) => name === "create?")?.at).toBe(start + 2000);
    expect(found.output).toEqual({ orderId: "O-1", erpId: "5" });
    const absent = await operate(
      "erp.createOrder",
      order,
      erp(({ name }, count) =>
        name === "create" && count === 1 ? lost : name === "create?" ? result([]) : undefined,
      ),
      { crosswalk },
    );
    expect(absent.names.filter((name) => name.startsWith("create"))).toEqual([
      "create",
      "create?",
      "create",
    ]);
  });

  test("whose total the ERP sees otherwise is not confirmed", async () => {
    const { names, error } = await operate(
      "erp.createOrder",
      order,
      erp(({ name }) =>
        name.startsWith("quote?")
          ? result([{ id: 5, state: "quotation", total_amount: decimal("30.01") }])
          : undefined,
      ),
      { crosswalk },
    );
    expect(error).toMatchObject({
      class: "business",
      code: "erp-total-differs",
      message: expect.stringMatching(/^the ERP comes to 30\.01/) as string,
      left: ["create"],
    });
    expect(names).not.toContain("confirm");
  });

  test("whose confirmation is in doubt is confirmed once: its state says whether it was", async () => {
    const asked = (state: string) =>
      erp(({ name }, count) =>
        name === "confirm" && count === 1
          ? lost
          : name === "confirm?"
            ? result([{ id: 5, state, total_amount: decimal("30") }])
            : undefined,
      );
    const done = await operate("erp.createOrder", order, asked("processing"), { crosswalk });
    expect(done.names.filter((name) => name.startsWith("confirm"))).toEqual([
      "confirm",
      "confirm?",
    ]);
    const open = await operate("erp.createOrder", order, asked("quotation"), { crosswalk });
    expect(open.names.filter((name) => name.startsWith("confirm"))).toEqual([
      "confirm",
      "confirm?",
      "confirm",
    ]);
  });

  test("a warning that is about credit is told from one that only wants to be confirmed", async () => {
    const answer = (sentence: string) =>
      erp(({ name }) => (name === "confirm" ? refused("UserWarning", sentence) : undefined));
    expect(
      (await operate("erp.createOrder", order, answer("credit_limit_7"), { crosswalk })).error
        ?.code,
    ).toBe("credit-limit");
    expect(
      (await operate("erp.createOrder", order, answer("other_1"), { crosswalk })).error?.code,
    ).toBe("erp-wants-confirmation");
  });

  test("with a product that the ERP does not know is for a person: there is no default", async () => {
    const { rehearsed, error } = await operate(
      "erp.createOrder",
      order,
      erp((seen) => (method(seen) === "product.product.search_read" ? result([]) : undefined)),
      { crosswalk },
    );
    expect(rehearsed.status).toBe("invalid");
    expect(error?.code).toBe("call/unknown-reference-key");
  });
});

describe("a party", () => {
  const account = {
    system: "crm",
    sourceId: "A-1",
    customerId: "C-1",
    name: "Globex",
    domain: null,
    taxId: null,
    parentId: null,
  };

  test("that exists, as an English sentence says, is taken as it is", async () => {
    const { names, output, rehearsed } = await operate("erp.createCustomer", account, ({ name }) =>
      name === "create"
        ? refused("UserError", "The code on party must be unique.")
        : result([{ id: 7 }]),
    );
    expect(names).toEqual(["create", "create?"]);
    expect(rehearsed.status).toBe("done");
    expect(output).toEqual({ customerId: "C-1", erpId: "7" });
  });

  test("that somebody wrote meanwhile is read again, and written with its new time", async () => {
    const { names, seen, rehearsed } = await operate(
      "erp.adoptCustomer",
      { customerId: "C-1", erpId: "7" },
      ({ name }, count) =>
        name === "write" && count === 1
          ? refused("ConcurrencyException", "changed")
          : name.startsWith("read")
            ? result([{ id: 7, _timestamp: name === "read" ? "1.5" : "2.5" }])
            : result(null),
    );
    expect(names).toEqual(["read", "write", "read~1", "write~1"]);
    const times = [seen[1], seen[3]].map((one) => one && (params(one) as readonly Json[]).at(-1));
    expect(times).toEqual([
      { company: 1, language: "en", _timestamp: { "party.party,7": "1.5" } },
      { company: 1, language: "en", _timestamp: { "party.party,7": "2.5" } },
    ]);
    expect(rehearsed.status).toBe("done");
  });

  test("without a credit limit may buy without end, and null is no number", async () => {
    const { output } = await operate(
      "erp.getCreditStatus",
      { customerId: "C-1" },
      () => result([{ id: 7, credit_amount: decimal("12.5"), credit_limit_amount: null }]),
      { crosswalk },
    );
    expect(output).toEqual({ unlimited: true, available: null });
  });
});

describe("a wizard", () => {
  const payment = {
    paymentId: "P-1",
    chargeId: "ch_1",
    invoiceId: "I-1",
    customerId: "C-1",
    kind: "paid",
    amount: "36.06",
    currency: "EUR",
  };
  const books =
    (say: (seen: Seen, count: number) => ReturnType<typeof result> | undefined = () => undefined) =>
    (seen: Seen, count: number) =>
      say(seen, count) ??
      (seen.name === "find"
        ? result([])
        : seen.name === "create"
          ? result([9])
          : seen.name.endsWith(".open")
            ? result([31, "start", "end"])
            : seen.name === "read"
              ? result([{ id: 9, state: "succeeded" }])
              : result(null));
  const wizard = [
    "process.open",
    "process.step",
    "process.close",
    "succeed.open",
    "succeed.step",
    "succeed.close",
  ];

  test("is opened, stepped and closed; the same template serves two", async () => {
    const { seen, names, output } = await operate("erp.registerPayment", payment, books());
    expect(names).toEqual(["find", "create", "approve", ...wizard, "read"]);
    expect(seen.slice(3, 6).map(call)).toEqual([
      {
        id: 1,
        method: "wizard.account.payment.process.create",
        params: [{ company: 1, language: "en" }],
      },
      {
        id: 1,
        method: "wizard.account.payment.process.execute",
        params: [
          31,
          { start: {} },
          "process",
          {
            company: 1,
            language: "en",
            active_model: "account.payment",
            active_id: 9,
            active_ids: [9],
          },
        ],
      },
      {
        id: 1,
        method: "wizard.account.payment.process.delete",
        params: [31, { company: 1, language: "en" }],
      },
    ]);
    expect(output).toEqual({ paymentId: "P-1", state: "succeeded" });
  });

  test("that is refused is closed all the same, and the refusal is what is told", async () => {
    const { names, error, rehearsed } = await operate(
      "erp.registerPayment",
      payment,
      books(({ name }) =>
        name === "process.step" ? refused("UserError", "The journal is closed.") : undefined,
      ),
    );
    expect(names).toEqual([
      "find",
      "create",
      "approve",
      "process.open",
      "process.step",
      "process.close",
    ]);
    expect(error).toMatchObject({
      class: "business",
      code: "erp-refused",
      message: expect.stringMatching(/^The journal is closed\./) as string,
      left: ["create"],
    });
    // The payment itself is there, and the flow says nothing of how it is taken back.
    expect(rehearsed.status).toBe("stuck");
  });

  test("whose closing is refused is done: only its session is left behind", async () => {
    const { names, rehearsed } = await operate(
      "erp.registerPayment",
      payment,
      books(({ name }) =>
        name === "process.close" ? refused("UserError", "no such session") : undefined,
      ),
    );
    expect(names).toEqual(["find", "create", "approve", ...wizard, "read"]);
    expect(rehearsed.status).toBe("done");
  });

  test("in doubt is asked by what it was to bring about, and goes on from there", async () => {
    const { names, seen } = await operate(
      "erp.registerPayment",
      payment,
      books(({ name }) =>
        name === "process.step"
          ? lost
          : name === "process.step?"
            ? result([{ id: 9, state: "processing" }])
            : undefined,
      ),
    );
    expect(names).toEqual([
      "find",
      "create",
      "approve",
      "process.open",
      "process.step",
      "process.step?",
      "process.close",
      ...wizard.slice(3),
      "read",
    ]);
    expect(seen.find(({ name }) => name === "process.step")?.read).toBe(false);
  });

  test("that meets a moment's trouble goes on in its session", async () => {
    const { names } = await operate(
      "erp.registerPayment",
      payment,
      books(({ name }, count) =>
        name === "succeed.step" && count === 1 ? status(503) : undefined,
      ),
    );
    expect(names.slice(3)).toEqual([
      ...wizard.slice(0, 5),
      "succeed.step",
      "succeed.close",
      "read",
    ]);
  });
});

describe("a closed period", () => {
  const draft = {
    invoice: {
      invoiceId: "I-1",
      customerId: "C-1",
      currency: "EUR",
      status: "open",
      subtotal: "30.30",
      taxTotal: "5.76",
      total: "36.06",
    },
    lines: [{ lineId: "a" }],
  };
  const books = (sentence: string, opens: number) => (seen: Seen) => {
    if (seen.name === "find") return result([]);
    if (seen.name === "create") return result([9]);
    if (seen.name.startsWith("post") && !seen.name.includes("?"))
      return seen.at < opens ? refused("UserError", sentence) : result(null);
    return result([{ id: 9, state: "posted", number: "2026/1", total_amount: decimal("36.06") }]);
  };

  test("is waited for until the day that the sentence names; nothing before is done twice", async () => {
    const opens = Date.parse("2026-12-01T00:00:00Z");
    const { names, seen, output } = await operate(
      "erp.postInvoice",
      draft,
      books("The period opens on 2026-12-01.", opens),
    );
    expect(names).toEqual(["find", "create", "create?", "post", "post", "post?", "read"]);
    expect(seen[4]?.at).toBe(opens);
    expect(output).toEqual({ invoiceId: "I-1", number: "2026/1" });
  });

  test("without a day is waited for until the event, whenever it comes", async () => {
    const opens = start + 9 * 86_400_000;
    let passed = false;
    const { names, seen } = await operate(
      "erp.postInvoice",
      draft,
      books("There is no open period.", opens),
      {
        next: (waits) => {
          if (waits.listens.length === 0) return soonest(waits);
          if (!passed) {
            passed = true;
            return { kind: "after", ms: opens - waits.now };
          }
          return { kind: "event", type: "erp.period.opened", data: { period: "2026-11" } };
        },
      },
    );
    expect(names).toEqual(["find", "create", "create?", "post", "post", "post?", "read"]);
    expect(seen[4]?.at).toBe(opens);
  });
});
