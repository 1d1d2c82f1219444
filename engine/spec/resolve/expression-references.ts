import { type Code, finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { Analysis, PathRead } from "../../mapping/index.ts";
import { requestParts } from "../../model/plan/request-parts.ts";
import { allDocuments, type SpecDocument } from "../documents/document.ts";
import { entriesOf, textOf, valueOf, type YamlNode } from "../yaml/node.ts";
import { type Declared, mayExist, type Names } from "./names.ts";
import { codesHelp, unknown } from "./references.ts";

/** Findings for what expressions name: environment, secrets, constants, code lists, tables. */
export function resolveExpressions(names: Names): readonly Diagnostic[] {
  const inDocuments = allDocuments(names.documents).flatMap((document) =>
    document.walk.allSites().flatMap((site) =>
      site.uses.flatMap(({ analysis, pointer }) => {
        if (analysis === undefined) return [];
        return [
          ...resolveFunctions(names, analysis, document),
          ...analysis.reads.flatMap((read) => resolveRead(names, read, { document, pointer })),
        ];
      }),
    ),
  );
  const inMappings = [...names.documents.mappings.values()].flatMap(({ analysis }) =>
    analysis === undefined ? [] : resolveFunctions(names, analysis),
  );
  return [...inDocuments, ...inMappings];
}

function resolveFunctions(
  names: Names,
  analysis: Analysis,
  document?: SpecDocument<unknown>,
): readonly Diagnostic[] {
  const codes = analysis.codes.flatMap(({ list, at }) => {
    const target = named("reference/unknown-codes", "code list", names.codes, codesHelp);
    return list === undefined ? [] : check(target, list, at);
  });
  const crosswalks = analysis.crosswalks.flatMap(({ system, at }) => {
    const target = named(
      "reference/unknown-system",
      "system",
      names.partners,
      "the crosswalk knows ids by system or adapter",
    );
    return system === undefined ? [] : check(target, system, at);
  });
  if (document?.kind !== "adapter") return [...codes, ...crosswalks];
  const tables = analysis.references.flatMap(({ table, at }) => {
    const declared = names.inDocument(document, "reference");
    const help = "declare it under reference of this adapter";
    const target = named("reference/unknown-table", "reference table", declared, help);
    return table === undefined ? [] : check(target, table, at);
  });
  return [...codes, ...crosswalks, ...tables];
}

type Target = Parameters<typeof unknown>[0];

function named(code: Code, word: string, declared: Declared, help: string): Target {
  return { code, word, declared, help };
}

function check(target: Target, name: string, at: SourceRef): readonly Diagnostic[] {
  return mayExist(target.declared, name) ? [] : [unknown(target, { name, at })];
}

interface ReadPlace {
  readonly document: SpecDocument<unknown>;
  readonly pointer: string;
}

function resolveRead(names: Names, read: PathRead, place: ReadPlace): readonly Diagnostic[] {
  const [name] = read.segments;
  if (name === undefined || name === "[]" || name === "?") return [];
  const { document } = place;
  switch (read.root) {
    case "env":
      if (names.ofWorkspace("secrets").names.has(name)) return [secretAsEnv(name, read.at)];
      return check(
        named(
          "reference/unknown-env",
          "environment value",
          names.ofWorkspace("env"),
          "declare it under env in sluice.yaml",
        ),
        name,
        read.at,
      );
    case "secret":
      return check(
        named(
          "reference/unknown-secret",
          "secret",
          names.ofWorkspace("secrets"),
          "declare it under secrets in sluice.yaml",
        ),
        name,
        read.at,
      );
    case "vars":
      return check(
        named(
          "reference/unknown-var",
          "constant",
          names.inDocument(document, "vars"),
          "declare it under vars of this adapter",
        ),
        name,
        read.at,
      );
    case "call":
      if (document.kind !== "adapter") return [];
      return check(
        named(
          "reference/unknown-call-value",
          "value of call",
          names.calledIn(document),
          "name it under call of the request, or under with beside use",
        ),
        name,
        read.at,
      );
    case "requests":
      return resolveRequest(place, name, read.at);
    default:
      return [];
  }
}

function secretAsEnv(name: string, at: SourceRef): Diagnostic {
  const message = `"${name}" is a secret, and no value of the environment`;
  return finding("reference/unknown-env", at, message, {
    help: "secrets are named under auth and verify only, so that none gets into a message or a log",
  });
}

/** Fields that are evaluated before the request is sent, whose own answer is not there yet. */
const beforeSending: ReadonlySet<string> = new Set(["if", "each", ...requestParts]);

/** `$requests.<id>` names an earlier request of the same operation. */
function resolveRequest(place: ReadPlace, name: string, at: SourceRef): readonly Diagnostic[] {
  const [, section, owner = "", part, index, ...rest] = place.pointer.split("/");
  if (section !== "operations" && section !== "templates") return [];
  const holder = valueOf(valueOf(place.document.node, section), owner);
  const requests = section === "operations" ? valueOf(holder, "requests") : holder;
  const ids = requestIds(requests);
  // What stands outside the list (`result`, `link`) is evaluated when all requests are answered.
  const own = section === "templates" ? part : part === "requests" ? index : undefined;
  const position = own === undefined ? ids.length : Number(own);
  const field = section === "templates" ? index : rest[0];
  const isAnswered = !beforeSending.has(field ?? "");
  const declared = new Map(ids.slice(0, position + (isAnswered ? 1 : 0)).map((id) => [id, at]));
  if (valueOf(holder, "request") !== undefined) declared.set("request", at);
  if (declared.has(name)) return [];
  if (ids.includes(name)) {
    const isOwn = ids.indexOf(name) === position;
    const message = isOwn
      ? `request "${name}" is not sent yet when this is read, so it has no result`
      : `request "${name}" is sent after this one, so it has no result yet`;
    const help = isOwn ? "name an earlier request" : "move it before this one";
    return [finding("reference/unknown-request", at, message, { help })];
  }
  const target = named(
    "reference/unknown-request",
    "request",
    { names: declared, partial: false, unreadable: new Set() },
    "name the id of an earlier request of this operation",
  );
  return [unknown(target, { name, at })];
}

function requestIds(node: YamlNode | undefined): readonly string[] {
  if (node?.kind !== "list") return [];
  return node.items.flatMap((item) => {
    const id = entriesOf(item).find(({ key }) => key === "id")?.value;
    return textOf(id) ?? [];
  });
}
