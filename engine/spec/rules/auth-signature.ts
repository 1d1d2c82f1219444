import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import { entriesOf, entryOf, type MapEntry, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";

export const authSignature: Rule = {
  code: "auth/signature",
  docs: "A signature that is read from where it does not stand, or over what is not there, refuses every message of the partner.",
  wrong: 'verify: { hmac: S, header: X-Signature, format: "t={t},v1={sig}", signed: "{t}.{bdy}" }',
  right:
    'verify: { hmac: S, header: X-Signature, format: "t={t},v1={signature}", signed: "{t}.{body}" }',
  check(workspace, report) {
    for (const { node } of workspace.adapters) {
      for (const { value } of entriesOf(valueOf(node, "webhooks"))) {
        const verify = valueOf(value, "verify");
        if (entryOf(verify, "hmac") !== undefined) checkHmac(verify, report);
      }
    }
  },
};

const ofRequest = ["body", "timestamp", "method", "path", "uri"];

function checkHmac(verify: YamlNode | undefined, report: Report): void {
  const [format, signed] = [entryOf(verify, "format"), entryOf(verify, "signed")];
  const parts = format === undefined ? ["signature"] : namesIn(format);
  if (format !== undefined && !parts.includes("signature") && !parts.includes("v1")) {
    report(format.value.at, "the format does not say where the signature stands", {
      help: "write {signature} in its place",
    });
  }
  if (signed === undefined) return;
  const names = namesIn(signed);
  const unknown = names.filter(
    // A name with a dash, or of several capitals, is a header's.
    (name) => !ofRequest.includes(name) && !parts.includes(name) && /^[a-z]\w*$/.test(name),
  );
  for (const name of unknown) {
    const known = [...ofRequest, ...parts.filter((part) => part !== "signature")];
    const message = `"{${name}}" is nothing of the request, nor of "format"${didYouMean(name, known)}`;
    report(signed.value.at, message, {
      help: `write one of ${listWords(known.map((one) => `{${one}}`))}, or a header such as {x-request-id}`,
    });
  }
  const hasTime = parts.some((part) => part === "t" || part === "timestamp");
  if (names.includes("timestamp") && !hasTime && valueOf(verify, "timestamp") === undefined) {
    report(signed.value.at, 'nothing says where "{timestamp}" comes from', {
      help: "add timestamp: <header>, or name it {t} in format",
    });
  }
}

function namesIn({ value }: MapEntry): readonly string[] {
  return [...(textOf(value) ?? "").matchAll(/\{([\w-]+)\}/g)].map(([, name = ""]) => name);
}
