import { listWords } from "../../errors/did-you-mean.ts";
import type { AdapterDocument, FlowDocument } from "../documents/document.ts";
import { entriesOf, type MapEntry, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import type { Report, Rule } from "./rule.ts";

const methods = ["get", "post", "put", "patch", "delete"];

export const oneOf: Rule = {
  code: "spec/one-of",
  docs: "Some keys stand for one another: two of them contradict, and none says nothing.",
  wrong: "trigger: { schedule: { zone: Europe/Berlin } }",
  right: 'trigger: { schedule: { cron: "0 6 * * 1", zone: Europe/Berlin } }',
  check(workspace, report) {
    for (const flow of workspace.flows) checkSchedules(flow, report);
    for (const adapter of workspace.adapters) {
      checkOperations(adapter, report);
      checkTokens(adapter, report);
      checkKeys(adapter, report);
      checkPolls(adapter, report);
    }
  },
};

function checkSchedules(flow: FlowDocument, report: Report): void {
  const trigger = valueOf(flow.node, "trigger");
  const triggers = trigger?.kind === "list" ? trigger.items : [trigger];
  for (const one of triggers) {
    const entry = entriesOf(one).find(({ key }) => key === "schedule");
    if (entry !== undefined) needOne(entry, ["cron", "every"], "a schedule", report);
  }
}

function checkOperations(adapter: AdapterDocument, report: Report): void {
  const hasDefault = methodsIn(valueOf(adapter.node, "request")).length > 0;
  for (const operation of entriesOf(valueOf(adapter.node, "operations"))) {
    needOne(operation, ["request", "requests"], "an operation", report);
    const single = entriesOf(operation.value).find(({ key }) => key === "request");
    if (single !== undefined) needMethod(single, hasDefault, report);
    const several = valueOf(operation.value, "requests");
    for (const node of several?.kind === "list" ? several.items : []) {
      const [first] = entriesOf(node);
      if (first === undefined || valueOf(node, "use") !== undefined) continue;
      const id = textOf(valueOf(node, "id")) ?? "";
      needMethod({ key: id, keyAt: first.keyAt, value: node }, hasDefault, report);
    }
  }
}

function checkTokens(adapter: AdapterDocument, report: Report): void {
  for (const { value } of entriesOf(valueOf(adapter.node, "webhooks"))) {
    const verify = entriesOf(value).find(({ key }) => key === "verify");
    if (verify === undefined || valueOf(verify.value, "token") === undefined) continue;
    needOne(verify, ["header", "query", "given"], "a token", report);
  }
}

/** Our key goes to one place; none would leave the partner without it. */
function checkKeys(adapter: AdapterDocument, report: Report): void {
  const operations = entriesOf(valueOf(adapter.node, "operations")).map(({ value }) => value);
  for (const holder of [adapter.node, ...operations]) {
    const entry = entriesOf(holder).find(({ key }) => key === "idempotent");
    if (entry !== undefined) needOne(entry, ["header", "query", "body"], "our key", report);
  }
}

/** A poll goes on from a cursor, of one kind; a queue by what is acknowledged. */
function checkPolls(adapter: AdapterDocument, report: Report): void {
  for (const poll of entriesOf(valueOf(adapter.node, "polls"))) {
    const cursor = entriesOf(poll.value).find(({ key }) => key === "cursor");
    if (cursor !== undefined) {
      needOne(cursor, ["value", "token", "next-url"], "a cursor", report);
    } else if (valueOf(poll.value, "acknowledge") === undefined) {
      report(poll.keyAt, `nothing says where "${poll.key}" goes on`, {
        help: "add cursor: { value, start }, or acknowledge where the source is told what was taken",
      });
    }
  }
}

function needOne(of: MapEntry, keys: readonly string[], what: string, report: Report): void {
  const given = entriesOf(of.value).filter(({ key }) => keys.includes(key));
  const [first, second] = given;
  const help = `keep exactly one of ${listWords(keys)}`;
  if (first === undefined) {
    report(of.keyAt, `${what} needs one of ${listWords(keys)}, and "${of.key}" has none`, { help });
  } else if (second !== undefined) {
    report(second.keyAt, `"${first.key}" and "${second.key}" stand together in "${of.key}"`, {
      help,
    });
  }
}

function needMethod(request: MapEntry, hasDefault: boolean, report: Report): void {
  const [first, second] = methodsIn(request.value);
  if (first === undefined && !hasDefault) {
    report(request.keyAt, `the request "${request.key}" has no method`, {
      help: `add one of ${listWords(methods)} with its path, here or in the adapter's request`,
    });
  } else if (first !== undefined && second !== undefined) {
    const message = `the request "${request.key}" has two methods, "${first.key}" and "${second.key}"`;
    report(second.keyAt, message, { help: `keep exactly one of ${listWords(methods)}` });
  }
}

function methodsIn(node: YamlNode | undefined): readonly MapEntry[] {
  return entriesOf(node).filter(({ key }) => methods.includes(key));
}
