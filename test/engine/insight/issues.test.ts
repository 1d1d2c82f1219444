import { describe, expect, test } from "vitest";
import { withImpact } from "../../../engine/insight/amount.ts";
import { categoryOf } from "../../../engine/insight/category.ts";
import { stepOf, withoutVariables } from "../../../engine/insight/fingerprint.ts";
import { levelsOf } from "../../../engine/insight/targets.ts";

const at = { file: "sluice.yaml", line: 1, column: 1, length: 1 };

describe("the words of a failure without what differs", () => {
  const data = {
    id: "C-4711",
    name: "Müller & Söhne",
    kind: "plain",
    lines: [{ sku: "Tea Chest" }],
  };
  test.each([
    ["customer C-4711 is on hold", "customer … is on hold"],
    ["Müller & Söhne is on hold", "… is on hold"],
    ["no stock of Tea Chest, 3 left", "no stock of … left"],
    ['tax code "X9" of invoice 2026-11-1 is unknown', "tax code … of invoice … is unknown"],
    ["ask ann@example.com about 019b76da-a800-7693-a0ff-a2848e4e5994", "ask … about …"],
    ["erp.create was answered 503 by erp-one", "erp.create was answered 503 by erp-one"],
    ["`$result.number` is absent", "`$result.number` is absent"],
    ["the message breaks canonical/order@1", "the message breaks canonical/order@1"],
    ["that is plain wrong", "that is plain wrong"],
  ])("%s", (message, expected) => {
    expect(withoutVariables(message, data)).toBe(expected);
  });

  test("a path names the step, not the item, the request or the round", () => {
    expect(stepOf("steps.lines[SKU-7].post/find~1")).toBe("steps.lines[].post");
    expect(stepOf("")).toBe("");
  });
});

describe("categories", () => {
  const stake = {
    flow: "f",
    kind: "dead",
    class: "transient",
    impact: { class: "revenue" },
    amounts: { EUR: "999.99" },
  } as const;
  const big = {
    category: "critical",
    impact: ["revenue"],
    amount: "1000",
    currency: "EUR",
    at,
  } as const;

  test("the first rule that holds says it, and none is normal", () => {
    const low = { category: "low", kind: ["dead"], at } as const;
    expect(categoryOf(stake, [big, low])).toBe("low");
    expect(categoryOf({ ...stake, amounts: { EUR: "1000.00" } }, [big, low])).toBe("critical");
    expect(categoryOf({ ...stake, amounts: { USD: "5000" } }, [big])).toBe("normal");
    expect(categoryOf({ ...stake, flow: "g" }, [{ category: "high", flow: ["f"], at }])).toBe(
      "normal",
    );
    expect(categoryOf(stake, [{ category: "high", failure: ["transient"], at }])).toBe("high");
  });

  test("money adds up to the cent, by currency; what is no amount adds nothing", () => {
    const all = ["0.10", "0.20", "-0.05", "1e9", "", 7].reduce<Readonly<Record<string, string>>>(
      (sum, amount) => withImpact(sum, { class: "revenue", amount, currency: "EUR" }),
      { USD: "1" },
    );
    expect(all).toEqual({ USD: "1", EUR: "7.25" });
    expect(withImpact({}, { amount: "0.1", currency: null })).toEqual({ "": "0.1" });
    expect(withImpact({}, undefined)).toEqual({});
  });
});

test("escalation goes through the owner's levels, then those of the team told last, and no circle", () => {
  const contact = "x@example.com";
  const teams = {
    a: {
      contact,
      at,
      escalation: [
        { after: 10, to: "b", at },
        { after: 30, to: "c", at },
      ],
    },
    b: { contact, at },
    c: {
      contact,
      at,
      escalation: [
        { after: 5, to: "a", at },
        { after: 20, to: "d", at },
      ],
    },
    d: { contact, at },
  };
  expect(levelsOf("a", teams)).toEqual([
    { team: "b", afterMs: 10 },
    { team: "c", afterMs: 30 },
    { team: "d", afterMs: 50 },
  ]);
  expect(levelsOf(undefined, teams)).toEqual([]);
});
