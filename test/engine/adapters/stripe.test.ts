import { expect, test } from "vitest";
import { Fake } from "./fakes/exchange.ts";
import { openRole } from "./role.ts";

/** Answers what a test tells it to. */
class Stripe extends Fake {
  protected handle() {
    return { status: 404, body: { error: { type: "invalid_request_error" } } };
  }
}

test("an invoice that the search still shows, though it is let go, is not held", async () => {
  const fake = new Stripe();
  const { call } = await openRole({
    role: "billing",
    adapter: "stripe",
    fake,
    env: (url) => ({ BILLING_URL: url }),
    secrets: { BILLING_KEY: "key", BILLING_WEBHOOK_SECRET: "webhook" },
  });
  const found = (...data: { id: string; metadata: Readonly<Record<string, string>> }[]) => {
    const body = { object: "search_result", data, has_more: false };
    fake.fail(/GET \/v1\/invoices\/search$/, { status: 200, body });
  };
  const held = { id: "in_1", metadata: { hold: "case 1" } };
  // Stripe's search may be a minute late; the records that it shows are as they are now.
  found({ id: "in_2", metadata: {} }, held);
  expect(await call("listHeld", {})).toEqual({
    invoices: [{ invoiceId: "in_1", reason: "case 1" }],
  });
  found({ id: "in_2", metadata: {} });
  expect(await call("listHeld", {})).toEqual({ invoices: [] });
});
