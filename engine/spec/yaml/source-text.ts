import type { SourceRef } from "../../errors/diagnostic.ts";

/** A file's text, with lines and columns for its offsets. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #starts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
    this.#starts = starts;
  }

  /** The place from `start` to `end`, cut at the end of the first line. */
  ref(start: number, end: number): SourceRef {
    const row = this.#row(start);
    const lineStart = this.#starts[row] ?? 0;
    const lineEnd = lineStart + this.line(row + 1).length;
    const length = Math.max(1, Math.min(end, lineEnd) - start);
    return { file: this.file, line: row + 1, column: start - lineStart + 1, length };
  }

  /** The offset at which a line begins, counted from 1. */
  offset(number: number): number {
    return this.#starts[number - 1] ?? this.text.length;
  }

  /** The text of a line, counted from 1, without its end. */
  line(number: number): string {
    const start = this.#starts[number - 1];
    if (start === undefined) return "";
    const next = this.#starts[number];
    const line = this.text.slice(start, next === undefined ? undefined : next - 1);
    return line.endsWith("\r") ? line.slice(0, -1) : line;
  }

  #row(offset: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
