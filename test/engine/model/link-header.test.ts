import { expect, test } from "vitest";
import { linksOf } from "../../../engine/model/link-header.ts";
import { leastCpuMs } from "../least-cpu.ts";

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

test.each<readonly [string, (size: number) => string]>([
  ["a target that never ends", (size) => `<${"<".repeat(size)}`],
  ["parameters without values", (size) => `<x>${"; a".repeat(size)}`],
  ["a gap", (size) => `<x>;${" ".repeat(size)}rel`],
])("a header made to be slow takes time that grows with its length: %s", (_, make) => {
  const [some, more] = [make(2_000), make(20_000)];
  linksOf(more);
  // Ten times the text; a hundred times where each character is looked at from each. A millisecond is noise.
  const bound = 40 * leastCpuMs(0, () => linksOf(some)) + 20;
  expect(leastCpuMs(bound, () => linksOf(more))).toBeLessThan(bound);
});
