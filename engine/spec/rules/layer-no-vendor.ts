import type { SourceRef } from "../../errors/diagnostic.ts";
import type { FlowDocument } from "../documents/document.ts";
import type { FoundReference } from "../walk/walk.ts";
import type { YamlNode } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const layerNoVendor: Rule = {
  code: "layer/no-vendor-in-process",
  docs: "A process that speaks a vendor's language must be rewritten when the vendor changes. Process and experience flows speak of systems and canonical events; adapters and system flows translate.",
  wrong: "- call: salesforce.getOpportunity",
  right: "- call: crm.getOpportunity",
  check(workspace, report) {
    for (const flow of workspace.flows) {
      if (flow.plan.layer === "system") continue;
      checkReferences(workspace, flow, report);
      checkCrosswalks(workspace, flow, report);
      checkUrls(flow, report);
    }
  },
};

function checkReferences(workspace: Workspace, flow: FlowDocument, report: Report): void {
  for (const site of flow.walk.allSites()) {
    for (const reference of site.references) {
      const vendor = vendorOf(workspace, reference);
      if (vendor === undefined) continue;
      const message = `${flow.plan.layer === "experience" ? "an" : "a"} ${flow.plan.layer} flow names the vendor "${vendor}" in "${reference.name}"`;
      report(reference.at, message, { help: helpFor(workspace, vendor) });
    }
  }
}

function vendorOf(workspace: Workspace, { to, name }: FoundReference): string | undefined {
  const adapters = workspace.names.adapters.names;
  const isVendor = (word: string) => adapters.has(word) && !workspace.names.systems.names.has(word);
  const [beforeDot = ""] = name.split(".");
  const [folder = "", second = ""] = name.split("/");
  switch (to) {
    case "operation":
    case "webhook":
    case "poll":
    case "event":
      return isVendor(beforeDot) ? beforeDot : undefined;
    case "mapping":
      return isVendor(folder) ? folder : undefined;
    case "schema":
      return folder === "vendor" ? second : undefined;
    default:
      return undefined;
  }
}

function helpFor(workspace: Workspace, vendor: string): string {
  const role = workspace.adapter(vendor)?.plan.plays;
  return role === undefined
    ? "name the system it plays, and let a system flow speak to the vendor"
    : `"${vendor}" plays "${role}": name ${role}, and let a system flow speak to the vendor`;
}

/** `$xref('order', 'salesforce', …)`: ids are asked for by system. */
function checkCrosswalks(workspace: Workspace, flow: FlowDocument, report: Report): void {
  const uses = flow.walk.allSites().flatMap((site) => site.uses);
  for (const { system, at } of uses.flatMap(({ analysis }) => analysis?.crosswalks ?? [])) {
    if (system === undefined || workspace.names.systems.names.has(system)) continue;
    if (!workspace.names.adapters.names.has(system)) continue;
    const message = `${flow.plan.layer === "experience" ? "an" : "a"} ${flow.plan.layer} flow asks for the id that the vendor "${system}" gave`;
    report(at, message, { help: helpFor(workspace, system) });
  }
}

function checkUrls(flow: FlowDocument, report: Report): void {
  for (const { url, at } of urlsIn(flow.node)) {
    report(
      at,
      `${flow.plan.layer === "experience" ? "an" : "a"} ${flow.plan.layer} flow names the address ${url}`,
      {
        help: "addresses stand in adapters, under base-url",
      },
    );
  }
}

function urlsIn(node: YamlNode): readonly { readonly url: string; readonly at: SourceRef }[] {
  switch (node.kind) {
    case "list":
      return node.items.flatMap(urlsIn);
    case "map":
      return node.entries.flatMap(({ key, value }) => (key === "description" ? [] : urlsIn(value)));
    case "scalar": {
      const found = /\bhttps?:\/\/[^\s"'})]+/.exec(node.text);
      if (found === null) return [];
      return [{ url: found[0], at: node.place.ref(found.index, found[0].length) }];
    }
  }
}
