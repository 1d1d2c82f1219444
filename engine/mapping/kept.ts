import type { SourceRef } from "../errors/diagnostic.ts";
import type { Json } from "../model/json.ts";
import { usesIn } from "./analysis/uses.ts";
import type {
  Analysis,
  ExpressionSource,
  Maybe,
  PackedAnalysis,
  PackedRead,
  PathRead,
  Place,
  Span,
} from "./contract.ts";
import { maybe, maybeRead, maybeSpan, packRead, readAt, spanOf } from "./kept-parts.ts";
import { maybeShape, shapeAt } from "./kept-shape.ts";

/** By this an expression is kept: all that decides what is found of it. */
export function keptName({ mode, roots, text }: ExpressionSource): string {
  return `${mode} ${roots.join(" ")}\n${text}`;
}

/** A place whose refs are spans of the expression's own text: `packAnalysis` takes no other. */
export const nowhere: Place = {
  file: "",
  ref: (offset, length) => ({ file: "", line: 0, column: offset, length }),
};

export function packAnalysis(analysis: Analysis): PackedAnalysis {
  const { reads, functions, comparisons, mappedObjects, bareKeys, lineage, shape } = analysis;
  return {
    reads: reads.map(packRead),
    functions: functions.map(({ name, at, constants, constantsAt, paths }) => [
      name,
      spanOf(at),
      constants.map(maybe),
      constantsAt.map(maybeSpan),
      paths.map(maybeRead),
    ]),
    comparisons: comparisons.map(({ operator, at, ...one }) => [
      operator,
      spanOf(at),
      maybeRead(one.left),
      maybeRead(one.right),
      maybe(one.leftConstant),
      maybe(one.rightConstant),
    ]),
    mappedObjects: mappedObjects.map(({ target, at, source, keepsList }) => [
      target,
      spanOf(at),
      maybeRead(source),
      keepsList,
    ]),
    bareKeys: bareKeys.map(({ name, at }) => [name, spanOf(at)]),
    lineage,
    shape: maybeShape(shape),
  };
}

/** The analysis of the expression where it stands. */
export function unpackAnalysis(packed: PackedAnalysis, place: Place): Analysis {
  const at = ([offset, length]: Span): SourceRef => place.ref(offset, length);
  const readOf = (read: PackedRead): PathRead => readAt(read, place);
  const under = <Key extends string>(key: Key, [read]: Maybe<PackedRead>) =>
    (read === undefined ? {} : { [key]: readOf(read) }) as Partial<Record<Key, PathRead>>;
  const [shape] = packed.shape;
  const constant = <Key extends string>(key: Key, [value]: Maybe<Json>) =>
    (value === undefined ? {} : { [key]: value }) as Partial<Record<Key, Json>>;
  const functions = packed.functions.map(([name, span, constants, constantsAt, paths]) => ({
    name,
    at: at(span),
    constants: constants.map(([value]) => value),
    constantsAt: constantsAt.map(([one]) => one && at(one)),
    paths: paths.map(([read]) => read && readOf(read)),
  }));
  return {
    reads: packed.reads.map(readOf),
    functions,
    comparisons: packed.comparisons.map(([operator, span, left, right, ...constants]) => ({
      operator,
      at: at(span),
      ...under("left", left),
      ...under("right", right),
      ...constant("leftConstant", constants[0]),
      ...constant("rightConstant", constants[1]),
    })),
    ...usesIn(functions),
    mappedObjects: packed.mappedObjects.map(([target, span, source, keepsList]) => ({
      target,
      ...under("source", source),
      keepsList,
      at: at(span),
    })),
    bareKeys: packed.bareKeys.map(([name, span]) => ({ name, at: at(span) })),
    lineage: packed.lineage,
    ...(shape === undefined ? {} : { shape: shapeAt(shape, place) }),
  };
}
