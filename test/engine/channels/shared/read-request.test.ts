import { expect, test } from "vitest";
import { contextOf } from "../../../../engine/channels/shared/evaluation.ts";
import { buildReadRequest } from "../../../../engine/channels/shared/read-request.ts";
import type { Expression } from "../../../../engine/model/expression.ts";
import type { RequestPlan } from "../../../../engine/model/plan/adapter.ts";
import { adapter, at, expression, generation, template } from "../plans.ts";

const named = (text: string, evaluate: Parameters<typeof expression>[0]): Expression => ({
  ...expression(evaluate),
  text,
});

function build(plan: Omit<RequestPlan, "at">, defaults?: Omit<RequestPlan, "at">) {
  const request = defaults === undefined ? {} : { request: { at, ...defaults } };
  const own = adapter("tryton", "http://erp.test/root/", request);
  const plans = generation({
    mappings: new Map([
      [
        "tryton/since",
        {
          name: "tryton/since",
          at,
          expression: expression(({ input }: { input: number }) => [input]),
        },
      ],
    ]),
  });
  return buildReadRequest({
    plan: { at, ...plan },
    adapter: own,
    generation: plans,
    scope: { vars: { data: "/services/v60" }, cursor: "a b/c" },
    context: contextOf(plans, 0, "test"),
  });
}

test("a path keeps the author's text and constants, and encodes what data gives", () => {
  const path = {
    ...template("unused"),
    parts: [
      named("$vars.data", ({ vars }: { vars: { data: string } }) => vars.data),
      "/rows/",
      named("$cursor", ({ cursor }: { cursor: string }) => cursor),
    ],
  };
  expect(build({ get: path }).url).toBe("http://erp.test/root/services/v60/rows/a%20b%2Fc");
});

test("the adapter's defaults hold where the request says nothing; its own keys win", () => {
  const request = build(
    {
      query: { b: template("2"), gone: template(null), list: template([1, "x"]) },
      headers: { "X-B": template("own") },
    },
    {
      post: template("/rpc"),
      headers: { "X-A": template("a"), "x-b": template("default") },
      query: { a: template(true) },
      timeout: 5_000,
      encode: "form",
    },
  );
  expect(request).toEqual({
    method: "POST",
    url: "http://erp.test/root/rpc",
    headers: { "x-a": "a", "x-b": "own" },
    query: { a: "true", b: "2", list: ["1", "x"] },
    encode: "form",
    timeoutMs: 5_000,
  });
});

test("named values fill the adapter's body template, by a mapping too", () => {
  const request = build(
    {
      call: { method: template("search"), params: { at, map: "tryton/since", with: template(7) } },
    },
    {
      post: template("/rpc"),
      body: template(({ call }: { call: { method: string; params: number[] } }) => ({
        method: call.method,
        params: call.params,
      })),
    },
  );
  expect(request.body).toEqual({ method: "search", params: [7] });
});

test("a request without any path says where it stands", () => {
  expect(() => build({})).toThrow(/test\.yaml:1 names no path/);
});
