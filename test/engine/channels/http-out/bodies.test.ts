import { expect, test } from "vitest";
import { encodeBody } from "../../../../engine/channels/http-out/encode.ts";
import { toHttpResponse, whyUnreadable } from "../../../../engine/channels/http-out/response.ts";
import type { Json } from "../../../../engine/model/json.ts";
import type { HttpRequest } from "../../../../engine/model/request.ts";

type Decode = HttpRequest["decode"];

function answered(text: string, decode: Decode, type = "text/plain", status = 200) {
  const answer = { status, headers: { "content-type": type }, bytes: Buffer.from(text) };
  return toHttpResponse(answer, 1_000_000, decode);
}

test("a success is read as the spec says, an error as it says itself", () => {
  expect(answered('{"a":1}', "json").body).toEqual({ a: 1 });
  expect(answered("<a><b>1</b></a>", "xml").body).toEqual({ a: { b: "1" } });
  expect(answered('{"a":1}', "text", "application/json").body).toBe('{"a":1}');
  expect(answered('{"a":1}\r\n\n{"a":2}\n', "ndjson").body).toEqual([{ a: 1 }, { a: 2 }]);
  expect(answered('[{"code":"x"}]', "csv", "application/json", 400).body).toEqual([{ code: "x" }]);
  expect(answered("a,b\n1,2\n", undefined, "text/csv").body).toBe("a,b\n1,2\n");
});

test.each<[string, string, Json]>([
  ["quotes, commas and lines", 'a,b\n"x ""y"", z","1\n2"\n', [{ a: 'x "y", z', b: "1\n2" }]],
  ["a byte order mark and CRLF", "\uFEFFa,b\r\n1,\r\n", [{ a: "1", b: "" }]],
  ["values that look like numbers", "a\n007\n1e3\n", [{ a: "007" }, { a: "1e3" }]],
  ["names alone", "a,b\n", []],
  ["nothing", "", []],
])("CSV with %s", (_, text, rows) => {
  expect(answered(text, "csv", "text/csv").body).toEqual(rows);
});

test.each<[Decode, string]>([
  ["csv", "a,b\n1,2\n3"],
  ["csv", 'a,b\n1,"2'],
  ["ndjson", '{"a":1}\n{"a":'],
  ["json", '{"a":'],
])("%s that is cut off says nothing of what was done", (decode, text) => {
  const response = answered(text, decode);
  expect(response.body).toBeNull();
  expect(whyUnreadable(response)).toContain("cut off");
});

test("rows are written as CSV and as lines of JSON", () => {
  const written = (encode: HttpRequest["encode"], body: Json) =>
    encodeBody({ method: "POST", url: "", headers: {}, timeoutMs: 1, encode, body });
  const rows = [
    { id: "1", name: 'A, "B"', tags: ["x"] },
    { name: null, id: "2" },
  ];
  expect(written("csv", rows)).toEqual({
    body: 'id,name,tags\n1,"A, ""B""","[""x""]"\n2,,\n',
    contentType: "text/csv; charset=utf-8",
  });
  expect(written("ndjson", rows)).toEqual({
    body: `${JSON.stringify(rows[0])}\n${JSON.stringify(rows[1])}\n`,
    contentType: "application/x-ndjson",
  });
});
