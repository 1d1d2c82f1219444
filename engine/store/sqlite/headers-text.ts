/** Headers side by side: a name and its value, a name's code and its value, or the code of both. */
export type HeadersText = readonly (string | number)[];

type Headers = Readonly<Record<string, string>>;

/** What answers say most often, by code, up to 9: texts have them, so none ever gets another. */
const pairs = [
  ["content-type", "application/json"],
  ["content-type", "application/json; charset=utf-8"],
  ["connection", "keep-alive"],
  ["keep-alive", "timeout=5"],
] as const;

/** Names by code, from 10 on: none ever gets another. */
const names = [
  "content-type",
  "content-length",
  "date",
  "etag",
  "cache-control",
  "server",
  "location",
  "x-request-id",
  "retry-after",
  "vary",
];
const namesFrom = 10;
const codes: ReadonlyMap<string, number> = new Map(
  names.map((name, index) => [name, namesFrom + index]),
);

export function headersText(headers: Headers): HeadersText {
  const text: (string | number)[] = [];
  for (const name in headers) {
    const value = headers[name] ?? "";
    const pair = pairs.findIndex((each) => each[0] === name && each[1] === value);
    if (pair === -1) text.push(codes.get(name) ?? name, value);
    else text.push(pair);
  }
  return text;
}

export function headersOf(text: HeadersText): Headers {
  const headers: [string, string][] = [];
  for (let at = 0; at < text.length; at += 1) {
    const head = text[at] ?? "";
    const pair = typeof head === "number" ? pairs[head] : undefined;
    if (pair === undefined) {
      at += 1;
      headers.push([nameOf(head), String(text[at] ?? "")]);
    } else headers.push([...pair]);
  }
  return Object.fromEntries(headers);
}

function nameOf(head: string | number): string {
  return typeof head === "string" ? head : (names[head - namesFrom] ?? `unknown-${head}`);
}
