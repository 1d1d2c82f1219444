import { didYouMean, listWords } from "../../errors/did-you-mean.ts";
import type { Diagnostic, SourceRef } from "../../errors/diagnostic.ts";
import type { Root } from "../../model/expression.ts";
import { builtin, builtinNames } from "../builtin/index.ts";
import type {
  Analysis,
  BareKey,
  Comparison,
  ExpressionMode,
  ExpressionSource,
  FunctionUse,
  MappedObject,
  PathRead,
} from "../contract.ts";
import { refOf } from "../place.ts";
import { foreignFunction } from "./foreign-functions.ts";
import { starts } from "../syntax/token.ts";
import type { Ast } from "../syntax/ast.ts";
import { children } from "../syntax/walk.ts";
import type { Flow } from "./flow.ts";
import { usesIn } from "./uses.ts";

/** Visits of nodes after which functions are not followed any more; a large mapping takes some thousand. */
const visitsMost = 20_000;

/** Gathers what the walk over an expression finds. */
export class Collector {
  readonly mode: ExpressionMode;
  readonly #source: ExpressionSource;
  readonly #starts: ReadonlyMap<number, number>;
  readonly #diagnostics = new Map<string, Diagnostic>();
  readonly #reads = new Map<string, PathRead>();
  readonly #functions = new Map<string, FunctionUse>();
  readonly #comparisons = new Map<string, Comparison>();
  readonly #bareKeys = new Map<string, BareKey>();
  readonly #unbound = new Set<string>();
  readonly #mapped = new Map<string, MappedObject>();
  #visits = 0;

  constructor(source: ExpressionSource) {
    this.mode = source.mode;
    this.#source = source;
    this.#starts = starts(source.text);
  }

  get diagnostics(): readonly Diagnostic[] {
    return [...this.#diagnostics.values()];
  }

  isRoot(name: string): name is Root {
    return (this.#source.roots as readonly string[]).includes(name);
  }

  /** Counts a node that is visited. */
  visited(): void {
    this.#visits += 1;
  }

  /**
   * Whether functions may still be followed to where they are called. Each call visits the function's
   * body again, so that functions within functions would be visited without end.
   */
  get mayFollow(): boolean {
    return this.#visits < visitsMost;
  }

  /** Place of the token that ends at this offset. */
  at(end: number | undefined): SourceRef {
    const { text, place } = this.#source;
    if (end === undefined) return refOf(place, [0, text.length]);
    return refOf(place, [this.#starts.get(end) ?? Math.max(0, end - 1), end]);
  }

  /** From the first token of the first node to the last of the last. */
  between(nodes: readonly Ast[]): SourceRef {
    const ends = nodes.flatMap((node) => (node.position === undefined ? [] : [node.position]));
    const [first] = ends;
    if (first === undefined) return this.at(nodes.flatMap(endsOf)[0]);
    return refOf(this.#source.place, [this.#starts.get(first) ?? first - 1, Math.max(...ends)]);
  }

  read(read: PathRead): PathRead {
    const key = keyOf(read.at, read.root, ...read.segments);
    const known = this.#reads.get(key);
    // A path met twice, guarded once, is guarded only if it is so everywhere.
    const kept =
      known === undefined
        ? read
        : {
            ...read,
            guarded: known.guarded && read.guarded,
            conditional: known.conditional && read.conditional,
          };
    this.#reads.set(key, kept);
    return kept;
  }

  use(use: FunctionUse): void {
    this.#functions.set(keyOf(use.at, use.name), use);
  }

  compare(comparison: Comparison): void {
    this.#comparisons.set(keyOf(comparison.at, comparison.operator), comparison);
  }

  mapped(object: MappedObject): void {
    this.#mapped.set(keyOf(object.at, object.target), object);
  }

  bareKey(name: string, at: SourceRef): void {
    this.#bareKeys.set(keyOf(at, name), { name, at });
  }

  report(diagnostic: Diagnostic): void {
    this.#diagnostics.set(keyOf(diagnostic.at, diagnostic.code), diagnostic);
  }

  /** `end`: where the name ends in the text. */
  unrooted(name: string, end: number | undefined, isWord: boolean): void {
    const { text } = this.#source;
    const at = this.at(end);
    const [, first] = /(\w+)-$/.exec(text.slice(0, (end ?? 0) - name.length)) ?? [];
    this.report({
      code: "mapping/unrooted-name",
      severity: "error",
      message: `"${name}" has no root: a path begins with a $ name here`,
      at,
      help:
        first === undefined
          ? this.#rootHelp(name, isWord)
          : `a name with - stands in backticks: \`${first}-${name}\``,
    });
  }

  #rootHelp(name: string, isWord: boolean): string {
    if (this.isRoot(name)) return `write $${name}`;
    const word = yamlWords[name.toLowerCase()];
    if (isWord && word !== undefined) {
      return `write ${word}: "${name}" is a text to YAML 1.2; for the text, write '${name}'`;
    }
    const roots = listWords(this.#source.roots.map((root) => `$${root}`));
    if (!isWord) return `for a text, put it in quotes; roots are ${roots}`;
    const isEnv = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(name) && this.isRoot("env");
    const field = isEnv
      ? `for a value of the environment, $env.${name}`
      : `for a field, write its root: ${roots}`;
    return `for the text, write '${name}'; ${field}`;
  }

  /** `“orderId”`: what a word processor makes of quotes is a name here. */
  refuseQuotes(name: string, end: number | undefined): void {
    const [sign] = /[“”„‘’‚]/.exec(name) ?? [];
    if (sign === undefined || this.#source.text.charAt((end ?? 0) - 1) === "`") return;
    this.report({
      code: "mapping/syntax",
      severity: "error",
      message: `${sign} is no quote here, but a letter like others`,
      at: this.at(end),
      help: `write "…" or '…'`,
    });
  }

  /** `data['order']`: a condition that always holds, where JavaScript would read a member. */
  refuseText(condition: Ast): void {
    if (condition.type !== "string" || typeof condition.value !== "string") return;
    const { value } = condition;
    const name = /^[A-Za-z_]\w*$/.test(value) ? value : `\`${value}\``;
    this.report({
      code: "mapping/text-in-brackets",
      severity: "error",
      message: `[ ] holds a condition here, and the text "${value}" always is one that holds`,
      at: this.at(condition.position),
      help: `for the member, write .${name}`,
    });
  }

  unknownVariable(name: string, at: SourceRef, known: Iterable<string>): void {
    const { roots, mode, text } = this.#source;
    const candidates = [...roots, ...known];
    const isStrict = mode === "strict";
    const isAssigned = isWrittenAssigned(text, name);
    // Where it was to be bound it has its finding.
    if (isAssigned && this.#unbound.size === this.#unbound.add(name).size) return;
    const meant = didYouMean(
      `$${name}`,
      candidates.map((one) => `$${one}`),
    );
    this.report({
      code: "mapping/unknown-root",
      severity: isStrict ? "error" : "warning",
      message: `unknown ${isStrict ? "root" : "variable"} "$${name}"${meant}`,
      at,
      help: isAssigned ? `to bind it, write $${name} := …` : this.#variableHelp(name, meant !== ""),
    });
  }

  #variableHelp(name: string, isNear: boolean): string {
    const { roots, mode } = this.#source;
    if (mode !== "strict") {
      return /^(?:message|steps|state|run|event|error)$/.test(name)
        ? "a mapping sees its input alone: write $input, and hand over in it what else is wanted"
        : "a variable that nothing binds is always absent";
    }
    if (name === "secret") return "secrets are named under auth and verify only";
    const list = `roots here are ${listWords(roots.map((root) => `$${root}`))}`;
    if (!this.isRoot("steps") || isNear) return list;
    if (name === "item") return `an item stands in the steps of its split alone; ${list}`;
    const isElsewhere = /^(?:input|requests?|response|result|body|session|vars|call)$/.test(name);
    if (isElsewhere) return list;
    return `what the step ${name} gave is $steps.${name}, and a variable lives within its own ( $${name} := …; … ) alone; ${list}`;
  }

  /** `$error.code` where no failure is handled names JSONata's function, whose members are none. */
  functionAsRoot(name: string, at: SourceRef): void {
    if (this.mode !== "strict" || this.isRoot(name) || builtin(name) === undefined) return;
    const { roots } = this.#source;
    this.report({
      code: "mapping/unknown-root",
      severity: "error",
      message: `"$${name}" is a function here, and no root`,
      at,
      help:
        name === "error"
          ? "the failure is $error in the steps of catch and on-error, and under respond"
          : `roots here are ${listWords(roots.map((root) => `$${root}`))}`,
    });
  }

  /** `end`: where the name ends in the text. */
  unknownFunction(name: string, end: number | undefined, known: Iterable<string>): void {
    const at = this.at(end);
    const isBare = builtin(name) !== undefined;
    const instead = isBare ? `$${name}(…)` : foreignFunction(name);
    if (this.#isMethod(name, end)) {
      this.report({
        code: "mapping/unknown-function",
        severity: "error",
        message: `"${name}" is called as a method of a value, and values have none`,
        at,
        help: `write ${instead ?? "a function"}: the value is its first argument`,
      });
      return;
    }
    const candidates = [...builtinNames, ...known].map((one) => `$${one}`);
    this.report({
      code: "mapping/unknown-function",
      severity: "error",
      message: isBare
        ? `"${name}" is called without its $. Did you mean "$${name}"?`
        : `unknown function "$${name}"${didYouMean(`$${name}`, candidates)}`,
      at,
      help:
        instead === undefined || isBare
          ? "functions are those of JSONata 2.2 and those of the reference page"
          : `write ${instead}`,
    });
  }

  #isMethod(name: string, end: number | undefined): boolean {
    const { text } = this.#source;
    return end !== undefined && /[\w\])`]\s*\.\s*$/.test(text.slice(0, end - name.length));
  }

  /** All that was found, with what the whole expression is made of. */
  analysis(flow: Flow): Analysis {
    const functions = [...this.#functions.values()];
    return {
      reads: [...this.#reads.values()],
      functions,
      comparisons: [...this.#comparisons.values()],
      ...usesIn(functions),
      mappedObjects: [...this.#mapped.values()],
      bareKeys: [...this.#bareKeys.values()],
      lineage: flow.fields,
      ...(flow.shape === undefined ? {} : { shape: flow.shape }),
    };
  }
}

/** `( $x = …; … )`: compared, where it was meant to be bound. */
function isWrittenAssigned(text: string, name: string): boolean {
  const parts = text.split(`$${name}`);
  return parts.some((part, index) => /[(;]\s*$/.test(part) && /^\s*=/.test(parts[index + 1] ?? ""));
}

const yamlWords: Readonly<Record<string, string | undefined>> = {
  yes: "true",
  on: "true",
  no: "false",
  off: "false",
};

function endsOf(node: Ast): number[] {
  const own = node.position === undefined ? [] : [node.position];
  return [...own, ...children(node).flatMap(endsOf)];
}

function keyOf(at: SourceRef, ...rest: readonly string[]): string {
  return JSON.stringify([at.line, at.column, ...rest]);
}
