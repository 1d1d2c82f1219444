/** Where a text stops being JSON; lines and columns count from 1. */
export interface JsonErrorPlace {
  readonly line: number;
  readonly column: number;
}

const blank = /[ \t\n\r]*/y;
const plain = /[ !#-[\]-\uffff]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const literal = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/y;

/**
 * The place of the first mistake in a text that `JSON.parse` refused: V8 does not always say it.
 * Undefined when there is none after all.
 */
export function findJsonError(text: string): JsonErrorPlace | undefined {
  const offset = new Scanner(text).firstError();
  if (offset === undefined) return undefined;
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1) ?? "").length + 1 };
}

type Expected = "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end";

/** Walks over the tokens with a stack of open brackets: depth costs memory, never the call stack. */
class Scanner {
  readonly #text: string;
  readonly #open: ("]" | "}")[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  firstError(): number | undefined {
    let expected: Expected = "value";
    for (;;) {
      this.#take(blank);
      const isWhole = expected === "comma-or-end" && this.#open.length === 0;
      if (this.#at >= this.#text.length) return isWhole ? undefined : this.#at;
      if (isWhole) return this.#at;
      const next = this.#step(expected);
      if (next === undefined) return this.#at;
      expected = next;
    }
  }

  /** Takes one token; undefined where it is not one of those expected. */
  #step(expected: Expected): Expected | undefined {
    const char = this.#text[this.#at];
    switch (expected) {
      case "colon":
        return this.#takeChar(":") ? "value" : undefined;
      case "comma-or-end":
        if (this.#takeChar(",")) return this.#open.at(-1) === "}" ? "key" : "value";
        return this.#close();
      case "key":
        return this.#takeString() ? "colon" : undefined;
      case "key-or-end":
        return char === "}" ? this.#close() : this.#step("key");
      case "value-or-end":
        return char === "]" ? this.#close() : this.#step("value");
      case "value":
        if (this.#takeChar("{")) return this.#enter("}", "key-or-end");
        if (this.#takeChar("[")) return this.#enter("]", "value-or-end");
        return this.#takeString() || this.#take(literal) ? "comma-or-end" : undefined;
    }
  }

  #enter(end: "]" | "}", expected: Expected): Expected {
    this.#open.push(end);
    return expected;
  }

  #close(): Expected | undefined {
    const end = this.#open.at(-1);
    if (end === undefined || !this.#takeChar(end)) return undefined;
    this.#open.pop();
    return "comma-or-end";
  }

  /** Piece by piece: one pattern with a loop in a loop takes for ever to give up an open string. */
  #takeString(): boolean {
    const start = this.#at;
    if (!this.#takeChar('"')) return false;
    do this.#take(plain);
    while (this.#take(escape));
    if (this.#takeChar('"')) return true;
    this.#at = start;
    return false;
  }

  #takeChar(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return false;
    this.#at += match[0].length;
    return true;
  }
}
