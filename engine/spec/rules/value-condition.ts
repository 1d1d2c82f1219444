import { allDocuments } from "../documents/document.ts";
import type { Rule } from "./rule.ts";

export const valueCondition: Rule = {
  code: "value/condition",
  docs: "A text or a number in the place of a condition decides nothing: it is the same for every message.",
  wrong: 'when: "404"',
  right: 'when: "$response.status = 404"',
  check(workspace, report) {
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

const isCondition = /\/(?:if|when|that|where|while)$/;
const isLiteral = /^(?:-?\d+(?:\.\d+)?|'[^']*'|"[^"]*")$/;
