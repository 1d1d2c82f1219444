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
        const kind = entryOf(verify, "hmac") ?? entryOf(verify, "public-key");
        const jwt = entryOf(verify, "jwt");
        const handshake = entryOf(value, "handshake");
        if (kind !== undefined) checkSignature(kind, verify, report);
        if (jwt !== undefined) checkToken(jwt, report);
        if (handshake !== undefined) checkProof(handshake, report);
      }
    }
  },
};

const ofRequest = ["body", "timestamp", "method", "path", "uri"];
/** Pairs of which one says what the other would. */
const rivals = [
  ["signature", "header"],
  ["over", "signed"],
  ["sent", "timestamp"],
] as const;

function checkSignature(kind: MapEntry, verify: YamlNode | undefined, report: Report): void {
  if (entryOf(verify, "header") === undefined && entryOf(verify, "signature") === undefined) {
    report(kind.keyAt, "nothing says where the signature stands", {
      help: 'add header: <its name>, or signature: "<expression>" where the body carries it',
    });
  }
  for (const [one, other] of rivals) {
    const [first, second] = [entryOf(verify, one), entryOf(verify, other)];
    if (first === undefined || second === undefined) continue;
    report(second.keyAt, `"${one}" and "${other}" say the same in two ways`, {
      help: `keep one of them: "${one}" reads values, "${other}" the request as it came`,
      related: [{ at: first.keyAt, message: `"${one}" is here` }],
    });
  }
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

const keyKinds = ["keys", "public-key", "secret"];

function checkToken({ keyAt, value }: MapEntry, report: Report): void {
  const given = keyKinds.filter((key) => entryOf(value, key) !== undefined);
  if (given.length !== 1) {
    const found =
      given.length === 0 ? "no key is" : `${listWords(given.map((key) => `"${key}"`))} are`;
    report(keyAt, `a token is verified with one kind of key, and ${found} given`, {
      help: "name one of keys (the address of a JWKS), public-key or secret",
    });
  }
  const says = ["issuer", "audience", "that"].some((key) => entryOf(value, key) !== undefined);
  if (says || !given.includes("keys")) return;
  report(keyAt, "any token of these keys is taken, whoever it was made for", {
    help: 'say what it must hold: audience, issuer, or that: "…" of $claims',
  });
}

function checkProof({ value }: MapEntry, report: Report): void {
  const proof = entryOf(value, "proof");
  const answer = valueOf(value, "answer");
  if (proof === undefined || readsProof(answer)) return;
  report(proof.keyAt, "the proof is made, and the answer does not hold it", {
    help: "write ${ $proof } where the vendor wants it",
  });
}

function readsProof(node: YamlNode | undefined): boolean {
  if (/\$proof\b/.test(textOf(node) ?? "")) return true;
  return entriesOf(node).some(({ value }) => readsProof(value));
}

function namesIn({ value }: MapEntry): readonly string[] {
  return [...(textOf(value) ?? "").matchAll(/\{([\w-]+)\}/g)].map(([, name = ""]) => name);
}
