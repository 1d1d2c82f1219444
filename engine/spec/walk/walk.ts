import { type Code, finding } from "../../errors/codes.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { Analysis, KeptExpressions } from "../../mapping/index.ts";
import type { Expression, Root } from "../../model/expression.ts";
import type { Fields, ReferenceKind, Shape } from "../../model/field.ts";
import type { StepPlan } from "../../model/plan/step.ts";
import { pointerJoin } from "../../validation/index.ts";
import type { MapEntry, MapNode, YamlNode } from "../yaml/node.ts";

/** A name that must lead somewhere, and where it stands. */
export interface FoundReference {
  readonly to: ReferenceKind;
  readonly name: string;
  readonly at: SourceRef;
  /** JSON pointer of the value within its document. */
  readonly pointer: string;
}

/** An expression of a document. */
export interface ExpressionUse {
  readonly expression: Expression;
  /** Absent when the text could not be parsed, or is known to be sound. */
  readonly analysis?: Analysis;
  readonly at: SourceRef;
  readonly pointer: string;
  /** It stands in `${…}` of a value, whose members have names of their own, and not in a field of expressions. */
  readonly template: boolean;
}

/** What one step names, or the document outside all steps. */
export interface Site {
  /** JSON pointer of the step; `` for the document. */
  readonly pointer: string;
  readonly uses: ExpressionUse[];
  readonly references: FoundReference[];
}

export const newSite = (pointer: string): Site => ({ pointer, uses: [], references: [] });

/** How expressions are looked at. */
export interface Looking {
  /** This very text was found to have no error before: no expression is parsed to look for one. */
  readonly isSound?: boolean | undefined;
  /** What was found of expressions before. */
  readonly kept?: KeptExpressions | undefined;
}

/** Entries that are indented too far. */
export interface Misplaced {
  readonly entries: readonly MapEntry[];
  /** Where the map begins that they belong to. */
  readonly to: SourceRef;
  readonly diagnostic: Diagnostic;
}

/** A key that was most likely meant to be another. */
export interface Misspelt {
  readonly keyAt: SourceRef;
  readonly meant: string;
  readonly diagnostic: Diagnostic;
}

/** What walking one document collects. */
export class Walk {
  readonly file: string;
  /** As `Looking` says. */
  readonly isSound: boolean;
  readonly kept: KeptExpressions | undefined;
  /** Of the document itself: outside all steps. */
  readonly site: Site = newSite("");
  /** By step, those in blocks included; in document order. */
  readonly sites = new Map<StepPlan, Site>();
  readonly diagnostics: Diagnostic[] = [];
  /** What stands below one map and belongs to another above it. */
  readonly misplaced: Misplaced[] = [];
  /** Keys that were most likely meant to be others. */
  readonly misspelt: Misspelt[] = [];
  /** False when something of the structure is missing or wrong: its plan is then incomplete. */
  sound = true;
  readonly #counts = new Map<string, number>();

  constructor(file: string, { isSound = false, kept }: Looking = {}) {
    this.file = file;
    this.isSound = isSound;
    this.kept = kept;
  }

  /** Reports a flaw of the structure. */
  flaw(
    code: Code,
    at: SourceRef,
    message: string,
    more: Pick<Diagnostic, "help" | "fix" | "related"> = {},
  ): void {
    this.refuse(finding(code, at, message, more));
  }

  /** Reports what is wrong where all the same it is known what was meant: the plan is whole. */
  slip(
    code: Code,
    at: SourceRef,
    message: string,
    more: Pick<Diagnostic, "help" | "fix" | "related"> = {},
  ): void {
    this.diagnostics.push(finding(code, at, message, more));
  }

  refuse(diagnostic: Diagnostic): void {
    this.sound = false;
    this.diagnostics.push(diagnostic);
  }

  /** The id of a step whose author gave none: `call-3` is the third call of its document. */
  automaticId(kind: string): string {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return `${kind}-${count}`;
  }

  /** Every site: the document's own, then those of its steps. */
  allSites(): readonly Site[] {
    return [this.site, ...this.sites.values()];
  }
}

/** A map that the walk is below, and what it may hold: keys of the language, or names of the author's own. */
export interface Level {
  readonly pointer: string;
  readonly holds: { readonly fields: Fields } | Extract<Shape, { type: "record" }>;
  readonly node: MapNode;
  readonly above: Level | undefined;
}

/** Where the walk stands. */
export interface Spot {
  readonly walk: Walk;
  readonly pointer: string;
  readonly roots: readonly Root[];
  readonly site: Site;
  /** The map next above; absent for the document itself. */
  readonly above?: Level | undefined;
  /** Compiles a value of the document: passed along, since shapes hold one another. */
  readonly value: (shape: Shape, node: YamlNode, spot: Spot) => unknown;
}

/** The spot of a member or item. */
export function below(spot: Spot, segment: string | number): Spot {
  return { ...spot, pointer: pointerJoin(spot.pointer, String(segment)) };
}

/** The spot of what stands in a map. */
export function under(holds: Level["holds"], node: MapNode, spot: Spot): Spot {
  return { ...spot, above: { pointer: spot.pointer, holds, node, above: spot.above } };
}

/** The spot with further roots. */
export function withRoots(spot: Spot, roots: readonly Root[] | undefined): Spot {
  if (roots === undefined || roots.length === 0) return spot;
  return { ...spot, roots: [...new Set([...spot.roots, ...roots])] };
}
