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

type EffectText = readonly [key: string, path: string];

interface Effect {
  readonly key: string;
  readonly path: string;
}

/** Members that have no place. */
type Rest = Readonly<Record<string, Json>>;

export function stateText(state: RunState): string {
  const { version: _, phase, completions, nodes, ...more } = state;
  const since = firstTime(nodes);
  const texts: NodeText[] = [];
  for (const path in nodes) {
    const node = nodes[path];
    if (node !== undefined) texts.push(nodeText(path, node, since));
  }
  const text: StateText = [phase, completions, since, texts, ...someOf(more)];
  return toJson(text);
}

export function stateOf(text: string): RunState {
  const state = parse<StateText | RunState>(text);
  if (!isList(state)) return state;
  const [phase, completions, since, texts, more] = state;
  const nodes = Object.fromEntries(texts.map((node) => [node[0], nodeOf(node, since)]));
  return { version: 1, phase, completions, nodes, ...more };
}

/** Text of a state without what it says of the record: steps, and why it left them. */
export function plainStateText(text: string): string {
  const { error: _, ...state } = stateOf(text);
  return stateText({ ...state, nodes: {} });
}

function firstTime(nodes: RunState["nodes"]): number {
  for (const path in nodes) {
    const node = nodes[path];
    if (node !== undefined) return node.startedAt;
  }
  return 0;
}

function nodeText(path: string, node: NodeState, since: number): NodeText {
  const { status, failures, startedAt, endedAt, order, memo, ...rest } = node;
  const effects = effectTexts(memo, path);
  const more = memo === undefined || effects !== undefined ? rest : { ...rest, memo };
  const [some] = someOf(more);
  const head = [
    path,
    status,
    startedAt - since,
    endedAt === undefined ? null : endedAt - startedAt,
    failures,
    order ?? null,
  ] as const;
  if (some !== undefined) return [...head, effects ?? null, some];
  return effects === undefined ? head : [...head, effects];
}

function nodeOf(text: NodeText, since: number): NodeState {
  const [path, status, started, ended, failures, order, effects, more] = text;
  const startedAt = since + started;
  return {
    startedAt,
    failures,
    status,
    ...(effects === undefined || effects === null
      ? {}
      : { memo: { effects: effects.map((effect) => ({ ...effectOf(effect, path) })) } }),
    ...(order === null ? {} : { order }),
    ...(ended === null ? {} : { endedAt: startedAt + ended }),
    ...more,
  };
}

/** Of a memo that holds nothing but effects of its step, each a key and a path; undefined for any other. */
function effectTexts(memo: Json | undefined, of: string): readonly EffectText[] | undefined {
  if (memo === undefined || !isJsonObject(memo) || !hasOnly(memo, 1)) return undefined;
  const effects = memo["effects"];
  if (!Array.isArray(effects)) return undefined;
  const texts: EffectText[] = [];
  for (const effect of effects as readonly Json[]) {
    const text = effectText(effect, of);
    if (text === undefined) return undefined;
    texts.push(text);
  }
  return texts;
}

function effectText(effect: Json, of: string): EffectText | undefined {
  if (!isJsonObject(effect) || !hasOnly(effect, 2)) return undefined;
  const { key, path } = effect;
  if (typeof key !== "string" || typeof path !== "string" || !path.startsWith(of)) return undefined;
  const sha = shaOf(key);
  return sha === null ? undefined : [sha.toString("base64url"), path.slice(of.length)];
}

function effectOf([key, path]: EffectText, of: string): Effect {
  return { key: Buffer.from(key, "base64url").toString("hex"), path: `${of}${path}` };
}

function hasOnly(object: object, members: number): boolean {
  return Object.keys(object).length === members;
}

/** The members as a list of one, or none; what is undefined is no member. */
function someOf(members: object): readonly [] | readonly [Rest] {
  for (const value of Object.values(members)) {
    if (value !== undefined) return [members as Rest];
  }
  return [];
}

/** `Array.isArray` does not narrow a readonly array. */
function isList(text: StateText | RunState): text is StateText {
  return Array.isArray(text);
}
