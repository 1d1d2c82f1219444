import { allDocuments } from "../documents/document.ts";
import { listWords } from "../../errors/did-you-mean.ts";
import type { Report, Rule } from "./rule.ts";
import { typeWords } from "./type-words.ts";
import { readingUses, type ReadingUse, readWhole, written } from "./value-reads.ts";
import type { Workspace } from "./workspace.ts";

export const valueCondition: Rule = {
  code: "value/condition",
  docs: "A text or a number in the place of a condition decides nothing: it is the same for every message.",
  wrong: 'when: "404"',
  right: 'when: "$response.status = 404"',
  check(workspace, report) {
    for (const reading of readingUses(workspace)) checkRead(workspace, reading, report);
    for (const { walk } of allDocuments(workspace.documents)) {
      const uses = walk.allSites().flatMap((site) => site.uses);
      for (const { pointer, template, expression, analysis, at } of uses) {
        if (template || !isCondition.test(pointer)) continue;
        const text = expression.text.trim();
        const { shape } = analysis ?? {};
        if (shape?.kind === "type" && shape.type !== "boolean") {
          const what = shape.type === "string" ? "a text" : "a number";
          report(shape.at, `${shape.by} gives ${what}, which is neither true nor false`, {
            help: "compare it with something, or use $exists or $boolean",
          });
        }
        if (!isLiteral.test(text)) continue;
        report(at, `${text} stands for a condition, and decides nothing`, {
          help: /^\d{3}$/.test(text)
            ? `for an answer's status, write "$response.status = ${text}"`
            : "compare something, such as \"$message.data.kind = 'paid'\", or write true or false",
        });
      }
    }
  },
};

/** `if: "$message.data.total"`: a path whose schema says that it is neither true nor false. */
function checkRead(workspace: Workspace, reading: ReadingUse, report: Report): void {
  const { pointer, template } = reading.use;
  if (template || !isCondition.test(pointer)) return;
  const whole = readWhole(reading);
  if (whole === undefined || workspace.isFlawed(whole.schema)) return;
  const { read, schema, view } = whole;
  const types = [...view.types];
  if (types.length === 0 || types.some((type) => type === "boolean" || type === "null")) return;
  const words = listWords(types.map((type) => typeWords[type] ?? type));
  report(read.at, `"${written(read)}" is ${words} in ${schema}, which is neither true nor false`, {
    help: "compare it with something, or use $exists or $boolean",
  });
}

const isCondition = /\/(?:if|when|that|where|while)$/;
const isLiteral = /^(?:-?\d+(?:\.\d+)?|'[^']*'|"[^"]*")$/;
