import fc from "fast-check";
import { expect, test } from "vitest";
import { formatFindings } from "../../../engine/errors/format.ts";
import { compileWorkspace } from "../../../engine/spec/index.ts";
import { digest, soundWorkspace } from "../../spec/workspace.ts";

const flow = `flow: order
owner: sales
trigger: { event: crm.order.won }
key: "$message.data.orderId"
state: { seen: null }
steps:
  - parallel:
      - [ { call: erp.getOrder, id: order, with: { orderId: "\${ $message.data.orderId }" } } ]
      - - route:
            - when: "$message.data.total = '1'"
              steps: [ { remember: { seen: true } } ]
            - else: [ { stop: { code: other } } ]
  - split:
      from: "$message.data.lines"
      key: "$item.sku"
      steps: [ { emit: erp.order.approved, with: { orderId: "\${ $item.sku }" } } ]
    id: lines
    catch: [ { when: "$error.code = 'x'", steps: [ { wait: { for: 2m } } ] } ]
`;
const texts = { ...soundWorkspace, "flows/process/order.yaml": flow };

/** Pieces that mean something to YAML or to us; worse than random letters. */
const pieces = [
  "{",
  "}",
  "[",
  "]",
  ":",
  "#",
  "*",
  "&",
  "!",
  "%",
  "@",
  "`",
  "|",
  ">",
  "-",
  ",",
  "?",
  "~",
  "$",
  '"',
  "'",
  " ",
  "\n",
  "\t",
  "${",
  "- ",
  "null",
  "0123",
  "1e999",
  ".nan",
  "<<: ",
  "$steps.",
  "__proto__: ",
  "id: ",
  "\u0000",
];

interface Damage {
  readonly file: string;
  readonly at: number;
  readonly cut: number;
  readonly piece: string;
}

const damage = fc.record<Damage>({
  file: fc.constantFrom(...Object.keys(texts)),
  at: fc.nat(2000),
  cut: fc.nat(6),
  piece: fc.constantFrom(...pieces),
});

function damaged(damages: readonly Damage[]): Record<string, string> {
  const files: Record<string, string> = { ...texts };
  for (const { file, at, cut, piece } of damages) {
    const text = files[file] ?? "";
    const place = text.length === 0 ? 0 : at % text.length;
    files[file] = text.slice(0, place) + piece + text.slice(place + cut);
  }
  return files;
}

test("damaged texts give findings with places that exist, and never a crash", () => {
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      const files = damaged(damages);
      const { diagnostics } = compileWorkspace(files, { digest });
      expect(formatFindings(diagnostics, "human", { files })).toBeTypeOf("string");
      for (const { at, message } of diagnostics) {
        expect(message).not.toBe("");
        expect(at.column).toBeGreaterThan(0);
        expect(at.length).toBeGreaterThan(0);
        expect(files[at.file]?.split("\n")[at.line - 1]).toBeTypeOf("string");
      }
    }),
    { numRuns: 60 },
  );
});

test("the same texts give the same findings in the same order", () => {
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      const files = damaged(damages);
      const reversed = Object.fromEntries(Object.entries(files).toReversed());
      const [one, other] = [files, reversed].map(
        (each) => compileWorkspace(each, { digest }).diagnostics,
      );
      expect(one).toEqual(other);
    }),
    { numRuns: 20 },
  );
});
