import { expect, test } from "vitest";
import { linksOf } from "../../../engine/model/link-header.ts";

test.each([
  [undefined, {}],
  ["", {}],
  ["no link", {}],
  [
    '<https://a.test/x?page=2&s=a,b;c>; rel="next", <https://a.test/x?page=9>; rel="last"',
    { next: "https://a.test/x?page=2&s=a,b;c", last: "https://a.test/x?page=9" },
  ],
  ["</x?p=2>;rel=next;title=more", { next: "/x?p=2" }],
  ['</x>; title="a, <b>; rel=c"; rel="next prefetch"', { next: "/x", prefetch: "/x" }],
  ["</one>; rel=next, </two>; rel=next", { next: "/one" }],
  ["</x>; REL=Next", { next: "/x" }],
  ["</x>; relation=next", {}],
])("%s", (header, links) => {
  expect(linksOf(header)).toEqual(links);
});

test("a header made to be slow is read at once", () => {
  const began = performance.now();
  linksOf(`<${"<".repeat(8_000)}`);
  linksOf(`<x>${"; a".repeat(5_000)}`);
  linksOf(`<x>;${" ".repeat(10_000)}rel`);
  expect(performance.now() - began).toBeLessThan(500);
});
