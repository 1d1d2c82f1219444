import { listWords } from "../../errors/did-you-mean.ts";
import type { SchemaView } from "../../validation/index.ts";
import type { YamlNode } from "../yaml/node.ts";
import type { Report } from "./rule.ts";
import { type ReadingUse, readingOf, readWhole, written } from "./value-reads.ts";
import { membersGiven } from "./value-wanted.ts";
import type { Workspace } from "./workspace.ts";

/** A path of one type where `with` wants another: a record for its id, a text for a list of records. */
export function checkMemberTypes(workspace: Workspace, report: Report): void {
  for (const { use, value, schema, member, path } of membersGiven(workspace)) {
    if (path.length === 0) continue;
    const reading = readingOf(workspace, use);
    if (reading === undefined || !standsAlone(value)) continue;
    checkMember(reading, { schema, member, path }, report);
  }
}

/** `"${ … }"`, with nothing before or behind. */
function standsAlone(node: YamlNode | undefined): boolean {
  return node?.kind === "scalar" && /^\s*\$\{[^}]*\}\s*$/.test(node.text);
}

interface Member {
  readonly schema: string;
  readonly member: SchemaView | undefined;
  readonly path: readonly string[];
}

function checkMember(reading: ReadingUse, { schema, member, path }: Member, report: Report): void {
  const whole = readWhole(reading);
  if (whole === undefined) return;
  const [given, wanted] = [typesOf(whole.view), typesOf(member)];
  if (given.length === 0 || wanted.length === 0) return;
  if (given.some((type) => wanted.includes(type))) return;
  const message = `"${written(whole.read)}" is ${inWords(whole.view)}, and ${schema} wants ${inWords(member)} for "${path.join(".")}"`;
  report(reading.use.at, message, {
    help: "name the part of it that is meant, or make it by a map",
  });
}

/** Types that a value may have; one thing in the place of a list is taken for a list of one. */
function typesOf(view: SchemaView | undefined): readonly string[] {
  const own = view?.isArray === true ? view.items : view;
  const types = [...(own?.types ?? [])].filter((type) => type !== "null");
  return [...new Set(types.map((type) => (type === "integer" ? "number" : type)))];
}

const inWords = (view: SchemaView | undefined): string =>
  `${view?.isArray === true ? "a list of " : ""}${listWords(typesOf(view))}`;
