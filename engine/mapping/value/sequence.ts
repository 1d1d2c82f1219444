/**
 * JSONata's sequences: lists that a path made, which unwrap when they hold one item and vanish when
 * they hold none. The marks are the reference's own, since its built-ins read and set them.
 */
export interface List extends Array<unknown> {
  sequence?: boolean;
  /** `a[]`: keep the list even with one item. */
  keepSingleton?: boolean;
  /** Made by `[…]` as first or last step of a path: does not flatten. */
  cons?: boolean;
  /** Holds a list that is the whole input, so that it counts as one item. */
  outerWrapper?: boolean;
  tupleStream?: boolean;
}

/** An empty sequence. */
export function sequence(): List {
  const list: List = [];
  list.sequence = true;
  return list;
}

/** A sequence of one item, which may be `undefined`. */
export function sequenceOf(item: unknown): List {
  const list: List = [item];
  list.sequence = true;
  return list;
}

export function isList(value: unknown): value is List {
  return Array.isArray(value);
}

export function isSequence(value: unknown): value is List {
  return isList(value) && value.sequence === true;
}

/** What leaves a node: a sequence of one is its item, an empty one is nothing. */
export function normalise(value: unknown, keepArray = false): unknown {
  if (!isSequence(value) || value.tupleStream === true) return value;
  if (keepArray) value.keepSingleton = true;
  if (value.length === 0) return undefined;
  return value.length === 1 && value.keepSingleton !== true ? value[0] : value;
}
