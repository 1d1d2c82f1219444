import { entriesOf, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import { parseCalendarDate } from "./calendar-date.ts";
import type { Rule } from "./rule.ts";
import type { Workspace } from "./workspace.ts";

export const apiRemovedEarly: Rule = {
  code: "api/removed-early",
  docs: "Callers build on what `published` in sluice.yaml promises them. An endpoint may go on the day after its sunset, and with it its entry; one without a sunset stays.",
  wrong:
    'published: [{ get: "/orders/{orderId}", version: 1, sunset: 2099-06-30 }]  # and no flow answers it',
  right:
    'published: [{ get: "/orders/{orderId}", version: 1, sunset: 2099-06-30 }]\ntrigger: { api: { get: "/orders/{orderId}" } }  # in a flow',
  check(workspace, report) {
    const { today } = workspace.present;
    const answered = new Set(
      workspace.flows.flatMap(({ plan }) => (plan.trigger ?? []).flatMap(endpointOf)),
    );
    const meant = new Set(pathsOfUnsound(workspace));
    // A file that cannot be read may answer anything.
    if (workspace.names.flows.partial || workspace.names.flows.unreadable.size > 0) return;
    for (const { method, path, version, sunset, node } of publishedIn(workspace)) {
      if (answered.has(keyOf(method, version, path)) || meant.has(shapeOf(path))) continue;
      const end = sunset === undefined ? undefined : parseCalendarDate(sunset);
      // Whether its day has come is asked where the date is known.
      if (end !== undefined && (today === undefined || (parseCalendarDate(today) ?? 0) > end))
        continue;
      const until = sunset === undefined ? "without an end" : `until ${sunset}`;
      const message = `${method} /api/v${version}${path} is promised ${until}, and no flow answers it`;
      report(node.at, message, {
        help: `keep a flow with trigger: { api: { ${method}: "${path}", version: ${version} } }${sunset === undefined ? ", or give it a sunset" : ""}`,
      });
    }
  },
};

export const apiDate: Rule = {
  code: "api/date",
  docs: "The dates go to callers in the headers `Deprecation` (RFC 9745) and `Sunset` (RFC 8594); a date that no calendar has would tell them nothing.",
  wrong: "published: [{ get: /orders, deprecated: 2027-06-30, sunset: 2027-01-31 }]",
  right: "published: [{ get: /orders, deprecated: 2027-01-31, sunset: 2027-06-30 }]",
  check(workspace, report) {
    for (const { deprecated, sunset, node } of publishedIn(workspace)) {
      for (const [name, date] of Object.entries({ deprecated, sunset })) {
        if (date === undefined || parseCalendarDate(date) !== undefined) continue;
        const at = valueOf(node, name)?.at ?? node.at;
        report(at, `${name} "${date}" is no date`, { help: "write it as 2027-06-30" });
      }
      const [from, to] = [deprecated, sunset].map((date) => parseCalendarDate(date ?? ""));
      if (from === undefined || to === undefined || from <= to) continue;
      report(
        valueOf(node, "sunset")?.at ?? node.at,
        `the sunset is before ${deprecated ?? ""}, when it is deprecated`,
        {
          help: "let it end after callers were told",
        },
      );
    }
  },
};

interface Published {
  readonly method: string;
  readonly path: string;
  readonly version: number;
  readonly deprecated: string | undefined;
  readonly sunset: string | undefined;
  readonly node: YamlNode;
}

function publishedIn(workspace: Workspace): readonly Published[] {
  const list = valueOf(workspace.documents.workspace?.node, "published");
  return (list?.kind === "list" ? list.items : []).flatMap((node): readonly Published[] => {
    const method = entriesOf(node).find(({ key }) => /^(?:get|post|put|delete)$/.test(key));
    const path = method === undefined ? undefined : textOf(method.value);
    if (method === undefined || path === undefined) return [];
    const [deprecated, sunset] = [
      textOf(valueOf(node, "deprecated")),
      textOf(valueOf(node, "sunset")),
    ];
    const version = Number(textOf(valueOf(node, "version")) ?? 1);
    return [{ method: method.key, path, version, deprecated, sunset, node }];
  });
}

type Trigger = NonNullable<Workspace["flows"][number]["plan"]["trigger"]>[number];

function endpointOf(trigger: Trigger): readonly string[] {
  if (trigger.kind !== "api") return [];
  const { kind, value, version = 1 } = trigger.value;
  return [keyOf(kind, version, value)];
}

/** Paths of flows that have findings of their own: those are answered once the flows are mended. */
function pathsOfUnsound({ documents }: Workspace): readonly string[] {
  const unsound = [...documents.flows.values()].filter(({ walk }) => !walk.sound);
  return unsound.flatMap(({ node }) => textsIn(valueOf(node, "trigger")).map(shapeOf));
}

function textsIn(node: YamlNode | undefined): readonly string[] {
  if (node === undefined) return [];
  if (node.kind === "list") return node.items.flatMap(textsIn);
  if (node.kind === "map") return node.entries.flatMap(({ value }) => textsIn(value));
  return [node.text];
}

/** The names of parameters do not tell endpoints apart. */
const keyOf = (method: string, version: number, path: string): string =>
  `${method} ${version} ${shapeOf(path)}`;

const shapeOf = (path: string): string => path.replaceAll(/\{[^}]*\}|(?<=\/):\w+/g, "{}");
