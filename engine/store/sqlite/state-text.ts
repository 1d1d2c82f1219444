import { StoreError } from "../../errors/flow-error.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { NodeState, RunState } from "../../model/run.ts";
import { shaOf } from "./ids.ts";
import { parse, toJson } from "./work.ts";

/**
 * Text of a run's state: lists whose places say what they hold, since it is written at each decision
 * and kept for as long as the run. Times count from the first, a hash has a third less characters than
 * its digits, and a path begins where its step's ends. An object with names, as older versions wrote
 * it, is read as well.
 */
type StateText = readonly [
  phase: RunState["phase"],
  completions: number,
  since: number,
  nodes: readonly NodeText[],
  more?: Rest,
];

type NodeText = readonly [
  path: string,
  status: NodeState["status"],
  started: number,
  ended: number | null,
  failures: number,
  order: number | null,
  effects?: readonly EffectText[] | null,
  more?: Rest,
];

/** Of a request that has the same key on record, the path alone. */
type EffectText = string | readonly [key: string, path: string];

/** The key of the effect of a run's latest request at a path. */
export type EffectKeyAt = (path: string) => string | undefined;

interface Effect {
  readonly key: string;
  readonly path: string;
}

/** Members that have no place. */
type Rest = Readonly<Record<string, Json>>;

/** `effectKeys`: of requests that are on record for certain, by path. */
export function stateText(state: RunState, effectKeys?: ReadonlyMap<string, string>): string {
  const { phase, completions, nodes } = state;
  const since = firstTime(nodes);
  const texts: NodeText[] = [];
  for (const path in nodes) {
    const node = nodes[path];
    if (node !== undefined) texts.push(nodeText(path, node, { since, effectKeys }));
  }
  const more = othersOf(state, placedInState);
  const text: StateText =
    more === undefined
      ? [phase, completions, since, texts]
      : [phase, completions, since, texts, more];
  return toJson(text);
}

export function stateOf(text: string, keyAt: EffectKeyAt): RunState {
  const state = parse<StateText | RunState>(text);
  if (!isList(state)) return state;
  const [phase, completions, since, texts, more] = state;
  const nodes = Object.fromEntries(texts.map((node) => [node[0], nodeOf(node, since, keyAt)]));
  return { version: 1, phase, completions, nodes, ...more };
}

/** Text of a state without what it says of the record: steps, and why it left them. */
export function plainStateText(text: string): string {
  const { error: _, ...state } = stateOf(text, () => "");
  return stateText({ ...state, nodes: {} });
}

function firstTime(nodes: RunState["nodes"]): number {
  for (const path in nodes) {
    const node = nodes[path];
    if (node !== undefined) return node.startedAt;
  }
  return 0;
}

interface Writing {
  readonly since: number;
  readonly effectKeys: ReadonlyMap<string, string> | undefined;
}

function nodeText(path: string, node: NodeState, how: Writing): NodeText {
  const { status, failures, startedAt, endedAt, order, memo } = node;
  const effects = effectTexts(memo, path, how.effectKeys);
  const more = othersOf(node, effects === undefined ? placedInNode : placedWithEffects);
  const started = startedAt - how.since;
  const ended = endedAt === undefined ? null : endedAt - startedAt;
  const place = order ?? null;
  if (more !== undefined)
    return [path, status, started, ended, failures, place, effects ?? null, more];
  return effects === undefined
    ? [path, status, started, ended, failures, place]
    : [path, status, started, ended, failures, place, effects];
}

function nodeOf(text: NodeText, since: number, keyAt: EffectKeyAt): NodeState {
  const [path, status, started, ended, failures, order, effects, more] = text;
  const startedAt = since + started;
  return {
    startedAt,
    failures,
    status,
    ...(effects === undefined || effects === null
      ? {}
      : { memo: { effects: effects.map((effect) => ({ ...effectOf(effect, path, keyAt) })) } }),
    ...(order === null ? {} : { order }),
    ...(ended === null ? {} : { endedAt: startedAt + ended }),
    ...more,
  };
}

/** Of a memo that holds nothing but effects of its step, each a key and a path; undefined for any other. */
function effectTexts(
  memo: Json | undefined,
  of: string,
  keys: Writing["effectKeys"],
): readonly EffectText[] | undefined {
  if (memo === undefined || !isJsonObject(memo) || !hasOnly(memo, 1)) return undefined;
  const effects = memo["effects"];
  if (!Array.isArray(effects)) return undefined;
  const texts: EffectText[] = [];
  for (const effect of effects as readonly Json[]) {
    const text = effectText(effect, of, keys);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}

function effectText(effect: Json, of: string, keys: Writing["effectKeys"]): EffectText | undefined {
  if (!isJsonObject(effect) || !hasOnly(effect, 2)) return undefined;
  const { key, path } = effect;
  if (typeof key !== "string" || typeof path !== "string" || !path.startsWith(of)) return undefined;
  if (keys?.get(path) === key) return path.slice(of.length);
  const sha = shaOf(key);
  return sha === null ? undefined : [sha.toString("base64url"), path.slice(of.length)];
}

function effectOf(text: EffectText, of: string, keyAt: EffectKeyAt): Effect {
  if (typeof text !== "string") {
    const [key, path] = text;
    return { key: Buffer.from(key, "base64url").toString("hex"), path: `${of}${path}` };
  }
  const path = `${of}${text}`;
  const key = keyAt(path);
  if (key !== undefined) return { key, path };
  throw new StoreError("store/corrupt", `the request of the effect "${path}" is not there`, {
    help: "restore the store from a backup",
  });
}

function hasOnly(object: object, members: number): boolean {
  return Object.keys(object).length === members;
}

const placedInState: readonly string[] = ["version", "phase", "completions", "nodes"];
const placedInNode: readonly string[] = ["status", "failures", "startedAt", "endedAt", "order"];
const placedWithEffects: readonly string[] = [...placedInNode, "memo"];

/** Members that have no place, if any: an object is made only for them. */
function othersOf(members: object, placed: readonly string[]): Rest | undefined {
  let others: Record<string, Json> | undefined;
  const of = members as Readonly<Record<string, Json | undefined>>;
  for (const name in of) {
    const value = of[name];
    if (value === undefined || placed.includes(name)) continue;
    others ??= {};
    others[name] = value;
  }
  return others;
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(text: StateText | RunState): text is StateText {
  return Array.isArray(text);
}
