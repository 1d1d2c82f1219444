import type { SourceRef } from "../../../errors/diagnostic.ts";
import type { YamlNode } from "../node.ts";
import type { SourceText } from "../source-text.ts";

/** Thrown where a text is not of the simple sort; the library reads it then. */
export const notSimple = Symbol("not simple");

/** As a value, where TypeScript wants one. */
export function giveUp(): never {
  // A constant: an error would cost its stack.
  // eslint-disable-next-line typescript/only-throw-error
  throw notSimple;
}

/** Below what the other reader allows its aliases to make, by far. */
const aliasedMax = 90_000;

/** Where reading stands in a text, with the line it is on. */
export class Cursor {
  readonly source: SourceText;
  readonly text: string;
  at = 0;
  /** Of the line, counted from 1. */
  line = 1;
  /** Offset at which the line begins. */
  lineStart = 0;
  /** Offset of the line's end, before its line feed. */
  lineEnd: number;
  readonly #anchors = new Map<string, { readonly node: YamlNode; readonly length: number }>();
  /** Characters that aliases stand for; a value takes two at least, so this bounds their number. */
  #aliased = 0;

  constructor(source: SourceText) {
    this.source = source;
    this.text = source.text;
    this.lineEnd = this.#endFrom(0);
  }

  get column(): number {
    return this.at - this.lineStart;
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  code(ahead = 0): number {
    return this.text.charCodeAt(this.at + ahead);
  }

  /** The place from `start` to `end` on the current line. */
  ref(start: number, end: number): SourceRef {
    const length = Math.max(1, Math.min(end, this.lineEnd) - start);
    return { file: this.source.file, line: this.line, column: start - this.lineStart + 1, length };
  }

  skipSpaces(): void {
    while (this.text.charCodeAt(this.at) === 32) this.at++;
  }

  nextLine(): void {
    this.lineStart = Math.min(this.lineEnd + 1, this.text.length);
    this.at = this.lineStart;
    this.line++;
    this.lineEnd = this.#endFrom(this.lineStart);
  }

  /** True at the end of the line, with or without a comment before it. */
  isLineDone(): boolean {
    const from = this.at;
    this.skipSpaces();
    if (this.at >= this.lineEnd) return true;
    return this.code() === 35 && (this.at > from || this.at === this.lineStart);
  }

  /** From the end of a value to the next content, past blank lines and comments. */
  toContent(): void {
    while (this.lineStart < this.text.length) {
      this.skipSpaces();
      if (this.at < this.lineEnd && this.code() !== 35) return;
      this.nextLine();
    }
    this.at = this.text.length;
  }

  /** The name of the anchor that stands here; the cursor goes behind it. */
  anchor(): string | undefined {
    return this.code() === 38 ? this.#name() : undefined;
  }

  /** Characters up to here, with those that aliases stand for. */
  get weight(): number {
    return this.at + this.#aliased;
  }

  /** Keeps the value behind an anchor, before which `weight` was `before`, for its aliases. */
  keep(anchor: string, node: YamlNode, before: number): void {
    if (this.#anchors.has(anchor)) giveUp();
    this.#anchors.set(anchor, { node, length: this.weight - before });
  }

  /** What the alias that stands here means; the cursor goes behind it. */
  alias(): YamlNode {
    const kept = this.#anchors.get(this.#name()) ?? giveUp();
    this.#aliased += kept.length;
    return this.text.length + this.#aliased > aliasedMax ? giveUp() : kept.node;
  }

  #name(): string {
    const [, name = ""] =
      /^.([A-Za-z][\w-]*)(?=[ \n,\]}]|$)/.exec(this.text.slice(this.at, this.at + 80)) ?? [];
    if (name === "") giveUp();
    this.at += name.length + 1;
    return name;
  }

  #endFrom(start: number): number {
    const end = this.text.indexOf("\n", start);
    return end < 0 ? this.text.length : end;
  }
}
