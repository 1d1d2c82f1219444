import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { isJsonObject, type Json, type JsonObject } from "../../../../engine/model/json.ts";

/** A request as a fake vendor reads it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a fake throws where the vendor would refuse. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(`${answer.status}`);
    this.answer = answer;
  }
}

/** A fake vendor: what it answers, and the faults that a test orders of it. */
export abstract class Fake {
  /** `POST /path` as asked, in order. */
  readonly asked: string[] = [];
  readonly #faults: { readonly of: RegExp; readonly fault: "drop" | Answer; left: number }[] = [];

  /** The next `times` requests that match get this answer; `drop`: it takes effect, no answer comes. */
  fail(of: RegExp, fault: "drop" | Answer, times = 1): void {
    this.#faults.push({ of, fault, left: times });
  }

  answer = (
    seen: { method: string; url: string; headers: IncomingHttpHeaders; body: string },
    response: ServerResponse,
  ): void => {
    const { pathname, searchParams } = new URL(seen.url, "http://fake");
    const name = `${seen.method} ${pathname}`;
    this.asked.push(name);
    const due = this.#faults.find(({ of, left }) => left > 0 && of.test(name));
    if (due !== undefined) due.left -= 1;
    if (due !== undefined && due.fault !== "drop") return write(response, due.fault);
    const { method, headers, body } = seen;
    const answer = this.handle({ method, path: pathname, query: searchParams, headers, body });
    if (due === undefined) write(response, answer);
    else response.destroy();
  };

  protected abstract handle(asked: Asked): Answer;

  count(of: RegExp): number {
    return this.asked.filter((name) => of.test(name)).length;
  }
}

function write(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

export function objectOf(text: string): JsonObject {
  const value = JSON.parse(text) as Json;
  return isJsonObject(value) ? value : {};
}

/** A member that is a text; nothing otherwise. */
export function textAt(row: JsonObject, name: string): string {
  const value = row[name];
  return typeof value === "string" ? value : "";
}
