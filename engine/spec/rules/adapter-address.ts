import type { SourceRef } from "../../errors/diagnostic.ts";
import { documentsAtWork } from "./config-not-set.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";
import { textOf, valueOf } from "../yaml/node.ts";

const envRead = /\$\{\s*\$env\.([A-Z][A-Z0-9_]*)\s*\}/g;

export const adapterAddress: Rule = {
  code: "adapter/bad-address",
  docs: "An address without a scheme, or of another one, lets the first request fail instead of the first look. Values of the environment are looked at where they are known: when the engine starts, and with `sluice validate --environment`; defaults always.",
  wrong: "base-url: relate.example.com",
  right: "base-url: https://relate.example.com",
  check(workspace, report) {
    const told = new Set<string>();
    for (const { kind, node } of documentsAtWork(workspace)) {
      const base = valueOf(node, "base-url");
      const text = textOf(base);
      if (kind !== "adapter" || base === undefined || text === undefined) continue;
      // A path without ${…} has a finding for that.
      if (/^\$[a-z]/.test(text)) continue;
      const { address, from } = filled(text, workspace);
      const first = firstValue(text, workspace);
      // Where a default begins the address, the default is what has to be mended.
      if (first !== undefined) {
        if (isAddress(first.value) || told.has(first.name)) continue;
        told.add(first.name);
        const message = `the default ${JSON.stringify(first.value)} of ${first.name} makes no address of http or https`;
        report(first.at, message, {
          help: "write it whole, such as https://erp.example.com",
          related: [{ at: base.at, message: "base-url begins with it here" }],
        });
        continue;
      }
      if (address === undefined || isAddress(address)) continue;
      report(
        base.at,
        from === undefined
          ? `${JSON.stringify(address)} is no address of http or https`
          : `${from} makes no address of http or https`,
        { help: "write it whole, such as https://erp.example.com" },
      );
    }
  },
};

/** The default that an address begins with, where nothing else is set here. */
function firstValue(
  text: string,
  { documents, present }: Workspace,
): { readonly name: string; readonly value: string; readonly at: SourceRef } | undefined {
  const [, name = ""] = /^\s*\$\{\s*\$env\.([A-Z][A-Z0-9_]*)\s*(?:&|\}|\?\?)/.exec(text) ?? [];
  const declared = valueOf(valueOf(documents.workspace?.node, "env"), name);
  const given = valueOf(declared, "default");
  const value = textOf(given);
  if (given === undefined || value === undefined || present.env?.get?.(name) !== undefined)
    return undefined;
  return { name, value, at: given.at };
}

interface Filled {
  /** Absent where somebody else has to know a value. */
  readonly address?: string;
  /** Whose word it is, where it is not the text alone: values of the environment are not shown. */
  readonly from?: string;
}

/** The address that a text comes to with the environment as it is known; undefined where it is not. */
export function addressFrom(text: string, workspace: Workspace): string | undefined {
  return filled(text, workspace).address;
}

function filled(text: string, workspace: Workspace): Filled {
  const declared = workspace.documents.workspace;
  const env = declared?.walk.sound === true ? declared.plan.env : undefined;
  let from: string | undefined;
  const address = text.replaceAll(envRead, (read: string, name: string) => {
    const set = workspace.present.env?.get?.(name);
    const value = set ?? env?.[name]?.default;
    if (value === undefined) return read;
    from ??=
      set === undefined ? `the default ${JSON.stringify(value)} of ${name}` : `${name} as set here`;
    return value;
  });
  if (address.includes("${")) return {};
  return from === undefined ? { address } : { address, from };
}

function isAddress(text: string): boolean {
  return /^https?:\/\/[^/]/i.test(text) && URL.canParse(text);
}
