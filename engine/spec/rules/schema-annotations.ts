import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import { entriesOf, type MapEntry, type YamlNode } from "../yaml/node.ts";
import { type Declared, mayExist } from "../resolve/names.ts";
import type { Report, Rule } from "./rule.ts";

export const schemaAnnotations: Rule = {
  code: "schema/annotation",
  docs: "What a canonical schema says of an attribute decides who may write it (`x-system-of-record`) and who may see it (`x-pii`). A slip in it protects nothing.",
  wrong: "email: { type: string, x-pii: yes }",
  right: "email: { type: string, x-pii: true }",
  check(workspace, report) {
    const { systems: there, lostSystems } = workspace.names;
    // One that is lost is told where it is played.
    const systems = { ...there, unreadable: new Set([...there.unreadable, ...lostSystems]) };
    for (const schema of workspace.documents.schemas.values()) {
      // Where its parts stand is worked out only when something is to be said of one.
      if (hasSlip(schema.json, systems)) visit(schema.node, systems, report);
    }
  },
};

/** Annotations of ours; a key that is nearly one of them is a slip. */
const annotations = ["x-pii", "x-system-of-record", "x-entity"];

const passedOver = new Set(["examples", "default", "const"]);

function hasSlip(schema: Json, systems: Declared): boolean {
  if (Array.isArray(schema)) return schema.some((item) => hasSlip(item as Json, systems));
  if (!isJsonObject(schema)) return false;
  return Object.entries(schema).some(([key, value]) => {
    if (passedOver.has(key)) return false;
    return key.startsWith("x-") ? !isPlain(key, value, systems) : hasSlip(value, systems);
  });
}

/** An annotation that is certainly right; `checkAnnotation` tells of the others. */
function isPlain(key: string, value: Json, systems: Declared): boolean {
  if (key === "x-pii") return typeof value === "boolean";
  if (key === "x-system-of-record") return typeof value === "string" && mayExist(systems, value);
  return annotations.includes(key) || didYouMean(key, annotations) === "";
}

function visit(node: YamlNode, systems: Declared, report: Report): void {
  if (node.kind === "list") for (const item of node.items) visit(item, systems, report);
  for (const entry of entriesOf(node)) {
    if (passedOver.has(entry.key)) continue;
    if (entry.key.startsWith("x-")) checkAnnotation(entry, systems, report);
    else visit(entry.value, systems, report);
  }
}

function checkAnnotation({ key, keyAt, value }: MapEntry, systems: Declared, report: Report) {
  const { at } = value;
  const scalar = value.kind === "scalar" ? value : undefined;
  if (key === "x-pii" && typeof scalar?.value !== "boolean") {
    report(at, `x-pii is ${JSON.stringify(scalar?.text ?? "")}, which is neither true nor false`, {
      help: "write x-pii: true",
    });
  } else if (key === "x-system-of-record" && !mayExist(systems, scalar?.text ?? "")) {
    const name = scalar?.text ?? "";
    report(
      at,
      `x-system-of-record names "${name}", which is no system${didYouMean(name, systems.names.keys())}`,
      {
        help: `there are ${listWords([...systems.names.keys()])}`,
      },
    );
  } else if (!annotations.includes(key)) {
    const meant = didYouMean(key, annotations);
    if (meant !== "") report(keyAt, `"${key}" means nothing${meant}`);
  }
}
