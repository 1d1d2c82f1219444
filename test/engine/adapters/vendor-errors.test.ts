import { describe, expect, test } from "vitest";
import type { Json } from "../../../engine/model/json.ts";
import { type Answer, type Asked, Fake } from "./fakes/exchange.ts";
import { openRole } from "./role.ts";

/** A vendor that gives a token, and one answer to everything else. */
class Refusing extends Fake {
  next: Answer = { status: 200 };

  protected handle({ path }: Asked): Answer {
    if (!/token|\/session$/.test(path)) return this.next;
    const body = { access_token: "t", token_type: "Bearer", expires_in: 3600, session: "s" };
    return { status: 200, body };
  }
}

type Case = readonly [
  name: string,
  status: number,
  body: Json,
  expected: `${string} ${string}`,
  message?: string,
];

interface Vendor {
  readonly role: string;
  readonly adapter: string;
  readonly operation: string;
  readonly input: Json;
  readonly urls: readonly string[];
  readonly secrets: readonly string[];
  readonly cases: readonly Case[];
}

const salesforce = (errorCode: string, message = "said so"): Json => [{ errorCode, message }];
const stripe = (error: Record<string, Json>): Json => ({ error });
const chargebee = (api_error_code: string, more: Record<string, Json> = {}): Json => ({
  message: "said so",
  api_error_code,
  ...more,
});
const central = (code: string, message = "said so"): Json => ({ error: { code, message } });
const acme = (code: string, message = "said so"): Json => ({ error: { code, message } });

/** What vendors' documentation says of refusals, and what it means to a flow. */
const vendors: readonly Vendor[] = [
  {
    role: "crm",
    adapter: "salesforce",
    operation: "getCustomer",
    input: { customerId: "1" },
    urls: ["CRM_URL"],
    secrets: ["CRM_CLIENT_ID", "CRM_CLIENT_SECRET", "CRM_WEBHOOK_SECRET", "CRM_OUTBOUND_TOKEN"],
    cases: [
      ["no such record", 404, salesforce("NOT_FOUND"), "business crm-record-missing"],
      [
        "a broken query",
        400,
        salesforce("MALFORMED_QUERY"),
        "invalid crm-rejected-call",
        "MALFORMED_QUERY: said so",
      ],
      [
        "the day's calls are used up",
        403,
        salesforce("REQUEST_LIMIT_EXCEEDED"),
        "throttled crm-limit-reached",
      ],
      [
        "another transaction has it",
        400,
        salesforce("UNABLE_TO_LOCK_ROW"),
        "transient crm-record-locked",
      ],
      [
        "a rule of the company",
        400,
        salesforce("FIELD_CUSTOM_VALIDATION_EXCEPTION", "no date"),
        "business crm-refused",
        "no date",
      ],
      ["no right", 403, salesforce("INSUFFICIENT_ACCESS_OR_READONLY"), "auth crm-not-allowed"],
    ],
  },
  {
    role: "crm",
    adapter: "hubspot",
    operation: "getCustomer",
    input: { customerId: "1" },
    urls: ["HUBSPOT_URL"],
    secrets: ["HUBSPOT_TOKEN", "HUBSPOT_CLIENT_SECRET"],
    cases: [
      [
        "no such record",
        404,
        { category: "OBJECT_NOT_FOUND", message: "gone" },
        "business crm-record-missing",
        "gone",
      ],
      [
        "a wrong property",
        400,
        { category: "VALIDATION_ERROR", message: "bad" },
        "invalid crm-rejected-call",
        "VALIDATION_ERROR: bad",
      ],
      [
        "no scope",
        403,
        { category: "MISSING_SCOPES", message: "crm.objects" },
        "auth crm-not-allowed",
      ],
      [
        "the day is used up",
        429,
        { category: "RATE_LIMITS", policyName: "DAILY" },
        "throttled crm-day-used-up",
      ],
      ["a move to another house", 477, {}, "throttled crm-moves-house"],
      ["a locked record", 423, {}, "transient crm-record-locked"],
    ],
  },
  {
    role: "support",
    adapter: "zendesk",
    operation: "getCase",
    input: { caseId: "1" },
    urls: ["SUPPORT_URL"],
    secrets: ["SUPPORT_USER", "SUPPORT_TOKEN", "SUPPORT_WEBHOOK_SECRET"],
    cases: [
      ["no such case", 404, { error: "RecordNotFound" }, "business case-missing"],
      [
        "a value it does not take",
        422,
        { error: "RecordInvalid", description: "no" },
        "business support-refused",
        "no",
      ],
      [
        "an update at the same moment",
        409,
        { error: "Conflict" },
        "transient support-changed-meanwhile",
      ],
      [
        "no right",
        403,
        { error: "Forbidden", description: "not yours" },
        "auth support-not-allowed",
        "not yours",
      ],
      [
        "a broken call",
        400,
        { error: "InvalidPaginationParameter", description: "page" },
        "invalid support-rejected-call",
        "page",
      ],
    ],
  },
  {
    role: "support",
    adapter: "request-tracker",
    operation: "getCase",
    input: { caseId: "1" },
    urls: ["RT_URL"],
    secrets: ["RT_TOKEN", "RT_WEBHOOK_SECRET"],
    cases: [
      ["no such case", 404, { message: "Not found" }, "business case-missing"],
      [
        "a stale tag",
        412,
        { message: "Precondition Failed" },
        "transient support-changed-meanwhile",
      ],
      ["no right", 403, { message: "Forbidden" }, "business support-refused"],
      [
        "a broken call",
        400,
        { message: "Invalid query" },
        "invalid support-rejected-call",
        "Invalid query",
      ],
    ],
  },
  {
    role: "billing",
    adapter: "stripe",
    operation: "getSubscription",
    input: { orderId: "1" },
    urls: ["BILLING_URL"],
    secrets: ["BILLING_KEY", "BILLING_WEBHOOK_SECRET"],
    cases: [
      [
        "a declined card",
        402,
        stripe({ type: "card_error", code: "card_declined", message: "no" }),
        "business card-refused",
        "no",
      ],
      [
        "no such object",
        404,
        stripe({ type: "invalid_request_error", code: "resource_missing", message: "gone" }),
        "business billing-record-missing",
        "gone",
      ],
      [
        "another body under the key",
        400,
        stripe({ type: "idempotency_error", message: "key" }),
        "invalid same-key-other-body",
      ],
      [
        "a wrong parameter",
        400,
        stripe({ type: "invalid_request_error", message: "no such price" }),
        "invalid billing-rejected-call",
        "no such price",
      ],
      [
        "a lock",
        429,
        stripe({ type: "invalid_request_error", code: "lock_timeout" }),
        "transient billing-busy",
      ],
      [
        "a key without the right",
        403,
        stripe({ type: "invalid_request_error", message: "restricted" }),
        "auth billing-not-allowed",
      ],
    ],
  },
  {
    role: "billing",
    adapter: "chargebee",
    operation: "getInvoice",
    input: { invoiceId: "1", number: null },
    urls: ["CHARGEBEE_URL"],
    secrets: ["CHARGEBEE_KEY", "CHARGEBEE_WEBHOOK_USER", "CHARGEBEE_WEBHOOK_PASSWORD"],
    cases: [
      ["no such invoice", 404, chargebee("resource_not_found"), "business invoice-missing"],
      [
        "a declined card",
        402,
        chargebee("payment_processing_failed", { type: "payment" }),
        "business card-refused",
      ],
      [
        "a step that does not fit",
        400,
        chargebee("invalid_state_for_request"),
        "business billing-state",
      ],
      ["a site that moves", 503, chargebee("internal_temporary_error"), "transient billing-busy"],
      ["too many calls", 429, chargebee("api_request_limit_exceeded"), "throttled billing-limit"],
      [
        "a wrong parameter",
        400,
        chargebee("param_wrong_value"),
        "invalid billing-rejected-call",
        "param_wrong_value: said so",
      ],
    ],
  },
  {
    role: "erp",
    adapter: "business-central",
    operation: "getPaymentTerms",
    input: { paymentTerms: "NET30" },
    urls: ["BC_URL", "BC_LOGIN_URL"],
    secrets: ["BC_CLIENT_ID", "BC_CLIENT_SECRET"],
    cases: [
      [
        "no such record",
        404,
        central("Internal_RecordNotFound", "gone"),
        "business erp-record-missing",
        "gone",
      ],
      [
        "a change by another",
        409,
        central("Request_EntityChanged"),
        "transient erp-changed-meanwhile",
      ],
      [
        "a business rule",
        400,
        central("Application_DialogException", "no lines"),
        "business erp-refused",
        "no lines",
      ],
      ["too many calls at once", 503, central("Application_TooManyRequests"), "throttled erp-busy"],
      ["a database out of reach", 500, central("Internal_ServerError"), "transient erp-away"],
      [
        "a wrong property",
        400,
        central("BadRequest", "no property"),
        "invalid erp-rejected-call",
        "BadRequest: no property",
      ],
    ],
  },
  {
    role: "erp",
    adapter: "acme-erp",
    operation: "getPaymentTerms",
    input: { paymentTerms: "NET30" },
    urls: ["ERP_URL"],
    secrets: ["ERP_USER", "ERP_PASSWORD"],
    cases: [
      ["a credit hold", 422, acme("CREDIT_HOLD", "on hold"), "business credit-hold", "on hold"],
      ["an amount that is too high", 422, acme("AMOUNT_TOO_HIGH"), "business amount-too-high"],
      [
        "another refusal",
        422,
        acme("NO_SUCH_WAREHOUSE", "w"),
        "business erp-refused",
        "NO_SUCH_WAREHOUSE: w",
      ],
      ["a broken call", 400, acme("BAD", "field"), "invalid erp-rejected-call", "field"],
      ["an error inside a 200", 200, acme("X", "odd"), "transient erp-error-in-answer", "odd"],
    ],
  },
];

describe.each(vendors)("$adapter", ({ adapter, cases, input, operation, role, secrets, urls }) => {
  test(
    "refusals take one form, with the vendor's own words; what no rule names is counted",
    { timeout: 60_000 },
    async () => {
      const fake = new Refusing();
      const { call, serving } = await openRole({
        role,
        adapter,
        fake,
        env: (url) => Object.fromEntries(urls.map((name) => [name, url])),
        secrets: Object.fromEntries(secrets.map((name) => [name, `value-of-${name}`])),
      });
      for (const [name, status, body, expected, message] of cases) {
        fake.next = { status, body };
        const said = await call(operation, input);
        expect(`${String(said["class"])} ${String(said["code"])}`, name).toBe(expected);
        if (message !== undefined) expect(said["message"], name).toBe(message);
        const [run] = await serving.store.read.runs({ limit: 1 });
        expect(run?.error, name).toMatchObject({ system: role, adapter, detail: { status, body } });
      }
      const named = serving.engine.status().unmapped;
      expect(named).toEqual([]);
      fake.next = { status: 418, body: { teapot: true } };
      expect(await call(operation, input)).toMatchObject({ class: "business", code: "http-418" });
      expect(serving.engine.status().unmapped).toEqual([{ adapter, status: 418, count: 1 }]);
    },
  );
});
