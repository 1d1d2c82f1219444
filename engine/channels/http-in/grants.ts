import { listWords } from "../../errors/did-you-mean.ts";
import type { Generation } from "../../model/plan/generation.ts";
import { adminRole, type Right, wholeEngine } from "../../model/plan/rights.ts";
import { Refusal } from "./problem.ts";

/** The flows that a caller's right reaches. */
export interface Reach {
  /** By name; those of the generation at work. */
  readonly flows: ReadonlySet<string>;
  /** Refuses what is of another flow, or of none, by name. */
  refuse(what: string): Refusal;
}

interface Grant {
  readonly rights: readonly Right[];
  /** Undefined is every flow. */
  readonly domains: readonly string[] | undefined;
  readonly flows: readonly string[] | undefined;
}

/** What sluice.yaml grants a role. */
function grantOf({ workspace }: Generation, role: string): Grant {
  const granted = workspace.roles?.[role] ?? [];
  if (isList(granted)) return { rights: granted, domains: undefined, flows: undefined };
  const { domains, flows, rights } = granted;
  const isLimited = domains !== undefined || flows !== undefined;
  return {
    rights,
    domains: isLimited ? (domains ?? []) : undefined,
    flows: isLimited ? (flows ?? []) : undefined,
  };
}

const isList = <T>(value: readonly T[] | object): value is readonly T[] => Array.isArray(value);

/**
 * How far a right of these roles reaches: undefined is everything. Throws `Refusal` where none of them
 * has it, or where it is over the whole engine and each has it for some flows alone.
 */
export function reachOf(
  roles: readonly string[],
  right: Right,
  generation: Generation,
  actor: string,
): Reach | undefined {
  const grants = roles.map((role) => grantOf(generation, role));
  const having = grants.filter(({ rights }) => rights.includes(right));
  if (having.length === 0) throw lacking(roles, right, generation, actor);
  if (having.some(({ flows }) => flows === undefined)) return undefined;
  const domains = new Set(having.flatMap((grant) => grant.domains ?? []));
  const named = new Set(having.flatMap((grant) => grant.flows ?? []));
  const owned = [...generation.flows.values()].filter(({ owner }) => domains.has(owner ?? ""));
  const words = listWords([...[...domains].map((domain) => `flows of ${domain}`), ...named]);
  const refuse = (what: string): Refusal =>
    new Refusal(
      "http-in/forbidden",
      `the right "${right}" of ${listWords(roles)} reaches ${words === "" ? "no flow" : words}, and not ${what}`,
      { more: { right, roles: [...roles], domains: [...domains], flows: [...named] }, actor },
    );
  if (wholeEngine.includes(right)) throw refuse("the whole engine");
  return { flows: new Set([...owned.map(({ name }) => name), ...named]), refuse };
}

function lacking(
  roles: readonly string[],
  right: Right,
  generation: Generation,
  actor: string,
): Refusal {
  const rightsOf = (role: string): readonly Right[] => grantOf(generation, role).rights;
  const has = new Set(roles.flatMap(rightsOf));
  const all = Object.keys(generation.workspace.roles ?? {});
  const able = all.filter((role) => rightsOf(role).includes(right));
  return new Refusal(
    "http-in/forbidden",
    `the right "${right}" is needed; ${listWords(roles)} has ${listWords(has)}, and ${listWords([...able, adminRole])} may do it`,
    { more: { right, roles: [...able, adminRole] }, actor },
  );
}

/** The flow and whose it is, for a refusal. */
export function flowWords(flow: string, { flows }: Generation): string {
  const owner = flows.get(flow)?.owner;
  return owner === undefined ? `the flow "${flow}"` : `the flow "${flow}" of ${owner}`;
}

/** What both rights reach. */
export function within(one: Reach | undefined, other: Reach | undefined): Reach | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const flows = new Set([...one.flows].filter((flow) => other.flows.has(flow)));
  return { flows, refuse: (what) => other.refuse(what) };
}
