import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type Estate, type EstateOptions, startEstate } from "../../../../engine/testing/index.ts";

/**
 * What tests look at in the answers of four vendors, so that they read like the vendors' pages. A
 * member that is not there is undefined, and fails its expectation.
 */
interface Body {
  readonly [0]: Body;
  readonly access_token: string;
  readonly after_cursor: string;
  readonly amount: string;
  readonly attributes: Body;
  readonly available: number;
  readonly body: string;
  readonly changeOrigin: string;
  readonly ChangeEventHeader: Body;
  readonly changes: readonly Body[];
  readonly code: string;
  readonly commitNumber: number;
  readonly data: readonly Body[];
  readonly detail: Body;
  readonly details: Body;
  readonly entity: string;
  readonly entries: readonly Body[];
  readonly error: Body;
  readonly errorCode: string;
  readonly id: string;
  readonly Id: string;
  readonly items: readonly Body[];
  readonly message: string;
  readonly meta: Body;
  readonly month: string;
  readonly next: string;
  readonly nextRecordsUrl: string;
  readonly nulledFields: readonly string[];
  readonly number: string;
  readonly open_amount: string;
  readonly OpportunityLineItems: Body;
  readonly organization: Body;
  readonly organizations: readonly Body[];
  readonly records: readonly Body[];
  readonly session: string;
  readonly sku: string;
  readonly state: string;
  readonly status: string;
  readonly ticket: Body;
  readonly tickets: readonly Body[];
  readonly totalSize: number;
  readonly type: string;
  readonly updated_at: string;
  readonly violations: readonly Body[];
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export type Call = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** An estate that ends with the test. */
export async function estateFor(options: EstateOptions = {}): Promise<Estate> {
  const estate = await startEstate({ seed: 11, ...options });
  onTestFinished(() => estate.close());
  return estate;
}

export async function send(
  url: string,
  init: { method: string; headers?: Record<string, string>; body?: string | URLSearchParams },
): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = (text === "" ? {} : JSON.parse(text)) as Body;
  return { status: response.status, headers: response.headers, body };
}

export function tokenOf(estate: Estate, secret?: string): Promise<Answer> {
  const { CRM_URL, CRM_CLIENT_ID = "", CRM_CLIENT_SECRET = "" } = estate.environment();
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: CRM_CLIENT_ID,
    client_secret: secret ?? CRM_CLIENT_SECRET,
  });
  return send(`${CRM_URL}/services/oauth2/token`, { method: "POST", body });
}

/** Calls below `/services/data/v60.0`, or any path that begins with `/services`. */
export async function crmClient(estate: Estate): Promise<Call> {
  const { body: token } = await tokenOf(estate);
  const headers = { authorization: `Bearer ${token.access_token}` };
  return (method, path, body) => {
    const own = path.replace(/^\/crm(?=\/services\/)/, "");
    const whole = own.startsWith("/services") ? own : `/services/data/v60.0${own}`;
    return send(estate.urls.crm + whole, { method, headers, ...json(body) });
  };
}

export function supportClient(estate: Estate, more: Record<string, string> = {}): Call {
  const { SUPPORT_USER, SUPPORT_TOKEN } = estate.environment();
  const authorization = `Basic ${btoa(`${SUPPORT_USER}:${SUPPORT_TOKEN}`)}`;
  const headers = { authorization, ...more };
  return (method, path, body) =>
    send(`${estate.urls.support}/api/v2${path}`, { method, headers, ...json(body) });
}

/** Bodies are given as pairs for the form. */
export function billingClient(estate: Estate, key?: string): Call {
  const headers = {
    authorization: `Bearer ${estate.environment()["BILLING_KEY"]}`,
    ...(key === undefined ? {} : { "idempotency-key": key }),
  };
  return (method, path, body) =>
    send(`${estate.urls.billing}/v1${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: new URLSearchParams(body as Record<string, string>) }),
    });
}

export async function erpClient(estate: Estate): Promise<Call> {
  const { ERP_USER, ERP_PASSWORD } = estate.environment();
  const base = `${estate.urls.erp}/api/v1`;
  const login = JSON.stringify({ user: ERP_USER, password: ERP_PASSWORD });
  const { body } = await send(`${base}/session`, { method: "POST", body: login });
  const headers = { "x-session": body.session };
  return (method, path, sent) => send(base + path, { method, headers, ...json(sent) });
}

function json(body: unknown): { body?: string } {
  return body === undefined ? {} : { body: JSON.stringify(body) };
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: Body;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** Statuses of the next answers; 202 after them. */
  readonly statuses: number[];
}

/** A webhook endpoint that ends with the test. */
export async function receiverFor(): Promise<Receiver> {
  const received: Received[] = [];
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      received.push({ headers: request.headers, text, body: JSON.parse(text) as Body });
      response.writeHead(statuses.shift() ?? 202).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hook`, received, statuses };
}

export function hmac(secret: string | undefined, text: string, encoding: "hex" | "base64"): string {
  return createHmac("sha256", secret ?? "")
    .update(text)
    .digest(encoding);
}

/** A matcher inside an expected value, without the matcher's `any`. */
export function matching(matcher: unknown): unknown {
  return matcher;
}
