import { didYouMean } from "../../errors/did-you-mean.ts";
import { entriesOf, entryOf, type MapEntry, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";

export const adapterPart: Rule = {
  code: "adapter/bad-part",
  docs: "A map in a multipart body is a file, or a part with a type of its own: one of `base64`, `text` and `json` is what it holds, beside `filename` and `type`. Any other is refused as it is sent.",
  wrong: 'encode: multipart\nbody: { file: { name: a.pdf, content: "${ $requests.pdf }" } }',
  right:
    'encode: multipart\nbody: { file: { filename: a.pdf, type: application/pdf, base64: "${ $requests.pdf }" } }',
  check(workspace, report) {
    for (const { node } of workspace.adapters) {
      for (const body of multipartBodies(node)) {
        for (const field of fieldsOf(body)) checkPart(field, report);
      }
    }
  },
};

const contents = ["base64", "text", "json"];
const members = [...contents, "filename", "type"];

/** Bodies that stand beside `encode: multipart`, wherever a request does. */
function multipartBodies(node: YamlNode): readonly YamlNode[] {
  if (node.kind === "list") return node.items.flatMap(multipartBodies);
  const body = valueOf(node, "body");
  const own =
    body !== undefined && textOf(valueOf(node, "encode")) === "multipart" && !isMapped(body)
      ? [body]
      : [];
  return [...own, ...entriesOf(node).flatMap(({ value }) => multipartBodies(value))];
}

/** A value that a mapping makes is known as it is sent. */
function isMapped(node: YamlNode): boolean {
  return entryOf(node, "map") !== undefined;
}

interface Field {
  readonly entry: MapEntry;
  readonly value: YamlNode;
}

function fieldsOf(body: YamlNode): readonly Field[] {
  return entriesOf(body).flatMap((entry): readonly Field[] =>
    entry.value.kind === "list"
      ? entry.value.items.map((value) => ({ entry, value }))
      : [{ entry, value: entry.value }],
  );
}

function checkPart({ entry, value }: Field, report: Report): void {
  if (value.kind !== "map" || isMapped(value)) return;
  const given = entriesOf(value);
  const strange = given.filter(({ key }) => !members.includes(key));
  for (const { key, keyAt } of strange) {
    report(keyAt, `"${key}" is nothing that a part has${didYouMean(key, members)}`, {
      help: "write filename, type, and one of base64, text and json",
    });
  }
  const held = given.filter(({ key }) => contents.includes(key));
  if (held.length === 1 || strange.length > 0) return;
  const found = held.length === 0 ? "holds nothing" : "holds more than one content";
  report(entry.keyAt, `the part "${entry.key}" ${found}`, {
    help: "give it one of base64, text and json",
  });
}
