import type { SourceRef } from "../errors/diagnostic.ts";
import type { Json } from "../model/json.ts";
import type { Maybe, PackedRead, PathRead, Place, Span } from "./contract.ts";

export function packRead({ root, segments, at, guarded, conditional }: PathRead): PackedRead {
  return [root, segments, spanOf(at), guarded ? 1 : 0, conditional ? 1 : 0];
}

export function readAt(packed: PackedRead, place: Place): PathRead {
  const [root, segments, span, guarded, conditional] = packed;
  return {
    root,
    segments,
    at: place.ref(...span),
    guarded: guarded === 1,
    conditional: conditional === 1,
  };
}

export function maybeRead(read: PathRead | undefined): Maybe<PackedRead> {
  return read === undefined ? [] : [packRead(read)];
}

export function maybe(value: Json | undefined): Maybe<Json> {
  return value === undefined ? [] : [value];
}

export function maybeSpan(at: SourceRef | undefined): Maybe<Span> {
  return at === undefined ? [] : [spanOf(at)];
}

/** Of a ref that `nowhere` gave. */
export function spanOf({ column, length }: SourceRef): Span {
  return [column, length];
}
