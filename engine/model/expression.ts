import type { SourceRef } from "../errors/diagnostic.ts";
import type { Json } from "./json.ts";

/**
 * Values of the roots an expression may name (`$message`, `$steps`, …), without the `$`.
 * `input` is the context (`$`) of a mapping. Absent roots are absent paths.
 */
export interface Scope {
  readonly [root: string]: unknown;
}

/** The fixed roots. `secret` is bound only in `auth` and `verify`. */
export const roots = [
  "message",
  "steps",
  "state",
  "run",
  "event",
  "error",
  "item",
  "input",
  "result",
  "response",
  "requests",
  "call",
  "vars",
  "body",
  "headers",
  "query",
  /** The call that a webhook received: `method`, `path`, `uri`, `sha256` of its bytes in hex, `text` as it came. */
  "request",
  /** What a verified token says. */
  "claims",
  /** What our side proves in a handshake. */
  "proof",
  "cursor",
  "session",
  "env",
  "secret",
] as const;
export type Root = (typeof roots)[number];

/**
 * A fact an expression needs that is not in its scope: a recorded read. The runtime fetches it and
 * evaluates again; the value is recorded with the run, so a second evaluation meets the same.
 */
export type FactRequest =
  /** `$xref(entity, system, id)`: the id of canonical `id` in `system`; `null` when unknown. */
  | { readonly kind: "xref"; readonly entity: string; readonly system: string; readonly id: string }
  /** `$canonical(entity, system, id)`: the canonical id of `system`'s `id`. */
  | {
      readonly kind: "canonical";
      readonly entity: string;
      readonly system: string;
      readonly id: string;
    }
  /** `$reference(table, key)` in an adapter: a row of the vendor's table, cached. */
  | {
      readonly kind: "reference";
      readonly adapter: string;
      readonly table: string;
      readonly key: string;
    }
  /**
   * Cached answer of a look-up call: the `CacheEntry.value`, null when there is none. The key says
   * all; the operation is for those who make answers up.
   */
  | { readonly kind: "cache"; readonly key: string; readonly operation?: string }
  /** What the ledger says of an effect: its `EffectRecord`, null when there is none; asked only by replays. */
  | { readonly kind: "effect"; readonly key: string }
  /** What the steps of a run gave, by path; null where it is gone. Asked by the replay of one of them. */
  | { readonly kind: "results"; readonly runId: string }
  /** The value of an expression that only the asynchronous library can evaluate. */
  | {
      readonly kind: "evaluate";
      readonly expression: Expression;
      readonly scope: Scope;
      /** Names expression and scope: the same key means the same value. */
      readonly key: string;
    };

/** Stable text of a fact request: the key under which its value is recorded. */
export function factKey(request: FactRequest): string {
  switch (request.kind) {
    case "xref":
    case "canonical":
      return JSON.stringify([request.kind, request.entity, request.system, request.id]);
    case "reference":
      return JSON.stringify([request.kind, request.adapter, request.table, request.key]);
    case "results":
      return JSON.stringify([request.kind, request.runId]);
    case "cache":
    case "effect":
    case "evaluate":
      return JSON.stringify([request.kind, request.key]);
  }
}

/** What comes in by the door while expressions are evaluated. All of it is recorded or fixed. */
export interface EvaluationContext {
  /** Bound to `$now()` and `$millis()`. */
  readonly now: number;
  /** Seed of `$random()`; the same seed gives the same sequence. */
  readonly seed: string;
  /** Facts known so far, by `factKey`. A missing one makes evaluation end in `NeedsFact`. */
  readonly facts: ReadonlyMap<string, Json>;
  /** Value maps of the generation for `$code(list, value)`. */
  readonly codes: ReadonlyMap<string, ReadonlyMap<string, Json>>;
  /** The adapter whose reference tables `$reference` reads; absent outside adapters. */
  readonly adapter?: string;
}

/** A compiled JSONata expression. Evaluation is synchronous, bounded and never writes its input. */
export interface Expression {
  /** Unique within a generation. */
  readonly id: string;
  readonly text: string;
  readonly at: SourceRef;
  /** False when only the jsonata library can evaluate it; then `why` says what is not covered. */
  readonly compiled: boolean;
  readonly why?: string | undefined;
  /**
   * The value, or `undefined` where JSONata yields nothing (strict expressions never do, outside
   * `??` and `$exists`). Throws `ExpressionError` or `NeedsFact`.
   */
  evaluate(scope: Scope, context: EvaluationContext): Json | undefined;
}

/** A value of a spec with `${…}` inside: a literal, one expression, or a tree of both. */
export interface Template {
  readonly at: SourceRef;
  /** True when it holds no expression at all. */
  readonly constant: boolean;
  /** The expressions inside, in document order. */
  readonly expressions: readonly Expression[];
  /**
   * For a scalar that mixes text and expressions: its parts in order, so that a URL path can
   * percent-encode what is interpolated and leave the author's own text as it is.
   */
  readonly parts?: readonly (string | Expression)[];
  evaluate(scope: Scope, context: EvaluationContext): Json | undefined;
}
