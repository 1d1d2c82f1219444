import { entriesOf, entryOf, type MapEntry, textOf, valueOf } from "../yaml/node.ts";
import { addressFrom } from "./adapter-address.ts";
import type { Report, Rule } from "./rule.ts";

export const adapterTls: Rule = {
  code: "adapter/tls",
  docs: "A client certificate is shown in the TLS handshake, with a proof by its key: one without the other, or an address without TLS, and the partner sees nobody.",
  wrong: "base-url: http://erp.example.com\ntls: { certificate: ERP_CERTIFICATE }",
  right: "base-url: https://erp.example.com\ntls: { certificate: ERP_CERTIFICATE, key: ERP_KEY }",
  check(workspace, report) {
    for (const { node } of workspace.adapters) {
      const tls = entryOf(node, "tls");
      if (tls === undefined) continue;
      checkPairs(tls, report);
      const base = textOf(valueOf(node, "base-url"));
      const address = base === undefined ? undefined : addressFrom(base, workspace);
      if (address === undefined || !/^http:/i.test(address) || isOwnMachine(address)) continue;
      report(
        tls.keyAt,
        "base-url is an address of http: no certificate is shown or asked for there",
        {
          help: "write https, or remove tls",
        },
      );
    }
  },
};

/** A partner that somebody plays on this machine, as the default of an address often is. */
function isOwnMachine(address: string): boolean {
  return /^http:\/\/(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])(?:[:/]|$)/i.test(address);
}

/** Of each pair, the first means nothing without the second. */
const pairs = [
  ["certificate", "key"],
  ["key", "certificate"],
  ["passphrase", "key"],
] as const;

function checkPairs({ keyAt, value }: MapEntry, report: Report): void {
  const told = new Set<string>();
  for (const [one, other] of pairs) {
    const entry = entryOf(value, one);
    if (entry === undefined || told.has(other) || valueOf(value, other) !== undefined) continue;
    told.add(other);
    report(entry.keyAt, `"${one}" is given without "${other}"`, { help: `add ${other}: <secret>` });
  }
  if (value.kind === "map" && entriesOf(value).length === 0) {
    report(keyAt, "tls says neither who we are nor whom we trust", {
      help: "add certificate and key, or authority",
    });
  }
}
