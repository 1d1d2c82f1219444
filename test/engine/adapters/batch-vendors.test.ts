import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { json } from "../channels/partner.ts";
import { world as anyWorld } from "./vendors-world.ts";

/** Several changes in one request, with a status each inside a 200: OData $batch, by YAML alone. */

interface Part {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A ledger that takes all parts or none where it is asked to. */
class Ledger {
  readonly lines = new Map<string, Readonly<Record<string, unknown>>>();
  readonly batches: (readonly Part[])[] = [];
  /** The next batch takes effect, and its answer is lost; or its last part is busy. */
  next: "lost" | "busy" | undefined;

  answer(url: string, isolation: string | undefined, body: string, response: ServerResponse): void {
    if (!url.endsWith("/$batch")) {
      const { searchParams } = new URL(url, "http://ledger");
      const document = /^documentNumber eq '(.*)'$/.exec(searchParams.get("$filter") ?? "")?.[1];
      const value = [...this.lines.values()].filter((line) => line["documentNumber"] === document);
      return json(response, 200, { value });
    }
    const { requests } = JSON.parse(body) as { requests: readonly Part[] };
    this.batches.push(requests);
    const before = new Map(this.lines);
    const fate = this.next;
    this.next = undefined;
    const responses = requests.map((part, index) =>
      fate === "busy" && index === requests.length - 1
        ? { id: part.id, status: 429, body: { error: { code: "TooMany", message: "later" } } }
        : { id: part.id, ...this.#part(part) },
    );
    const isBroken = isolation === "snapshot" && responses.some(({ status }) => status >= 400);
    if (isBroken) {
      this.lines.clear();
      for (const [id, line] of before) this.lines.set(id, line);
    }
    if (fate === "lost") return void response.destroy();
    return json(response, 200, { responses });
  }

  #part({ body, method, url }: Part): { readonly status: number; readonly body: object } {
    const refused = (status: number, code: string, message: string) => ({
      status,
      body: { error: { code, message } },
    });
    if (method === "PATCH") {
      const id = /\(([^()]+)\)$/.exec(url)?.[1] ?? "";
      const line = this.lines.get(id);
      if (line === undefined) return refused(404, "Internal_RecordNotFound", "No such line.");
      this.lines.set(id, { ...line, ...body });
      return { status: 200, body: this.lines.get(id) ?? {} };
    }
    if (body["accountNumber"] === "99999") {
      return refused(400, "Application_DialogException", "The account is blocked.");
    }
    const id = `line-${this.lines.size + 1}`;
    this.lines.set(id, { ...body, id });
    return { status: 201, body: { ...body, id } };
  }
}

async function open() {
  const ledger = new Ledger();
  const world = await anyWorld(
    "LEDGER",
    ({ body, headers, url }, response) => {
      expect(headers.authorization).toBe("Bearer ledger-canary");
      const { isolation } = headers;
      ledger.answer(url, typeof isolation === "string" ? isolation : undefined, body, response);
    },
    "more-vendors",
  );
  return { ...world, ledger };
}

const entry = (document: string, ...accounts: readonly string[]) => ({
  document,
  lines: accounts.map((account, index) => ({
    id: `${document}-${index + 1}`,
    account,
    amount: "10.50",
    text: "x",
  })),
});

test("all lines of a document go in one request, and come back with an id each", async () => {
  const { call, ledger } = await open();
  const entered = await call("ledger-enter", entry("D-1", "40100", "22300", "10200"));
  expect(entered).toEqual({
    status: 200,
    body: { refs: [{ id: "line-1" }, { id: "line-2" }, { id: "line-3" }] },
  });
  expect(ledger.batches).toHaveLength(1);
  expect(ledger.batches[0]?.[1]).toMatchObject({
    id: "D-1-2",
    method: "POST",
    body: { documentNumber: "D-1", accountNumber: "22300", amount: 10.5 },
  });
});

test("a part that is refused is a business failure that names it, and nothing of the rest stays", async () => {
  const { call, ledger } = await open();
  expect(await call("ledger-enter", entry("D-2", "40100", "99999", "10200"))).toEqual({
    status: 502,
    body: {
      class: "business",
      code: "ledger-line-refused",
      message: "D-2-2: The account is blocked. (Application_DialogException)",
    },
  });
  expect(ledger.lines.size).toBe(0);
  const both = await call("ledger-enter", entry("D-3", "99999", "99999"));
  expect(both.body["message"]).toMatch(/^D-3-1: .*; D-3-2: /);
});

test("a part that is busy makes the whole come again, and a lost answer is looked up", async () => {
  const { call, ledger } = await open();
  ledger.next = "busy";
  expect((await call("ledger-enter", entry("D-4", "40100", "10200"))).status).toBe(200);
  expect(ledger.batches).toHaveLength(2);
  ledger.next = "lost";
  const found = await call("ledger-enter", entry("D-5", "40100", "10200"));
  expect(found.body["refs"]).toHaveLength(2);
  expect(ledger.batches).toHaveLength(3);
  expect(ledger.lines.size).toBe(4);
});

test("where each part is on its own, each has its outcome, and the flow goes on", async () => {
  const { call, ledger } = await open();
  await call("ledger-enter", entry("D-6", "40100"));
  const lines = [
    { id: "line-1", text: "rent" },
    { id: "line-9", text: "nobody's" },
  ];
  expect(await call("ledger-describe", { lines })).toEqual({
    status: 200,
    body: {
      outcomes: [
        { id: "line-1", done: true },
        { id: "line-9", done: false, why: "No such line." },
      ],
    },
  });
  expect(ledger.lines.get("line-1")).toMatchObject({ description: "rent" });
});
