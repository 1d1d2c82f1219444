/**
 * The text of one generated program. Only generated identifiers and JSON-quoted text go in; every
 * other value goes by `constant`.
 */
export class Source {
  readonly constants: unknown[] = [];
  readonly #hoisted = new Map<string, string>();
  readonly #prelude = new Map<string, string>();
  #lines: string[] = [];
  #next = 0;

  line(text: string): void {
    this.#lines.push(text);
  }

  /** A new local name. */
  name(prefix = "t"): string {
    this.#next += 1;
    return `${prefix}${this.#next}`;
  }

  /** Declares a local of this value. */
  local(code: string, prefix = "t"): string {
    const name = this.name(prefix);
    this.line(`let ${name} = ${code};`);
    return name;
  }

  /** The name of a value that comes from outside. */
  constant(value: unknown): string {
    const known = this.constants.indexOf(value);
    return `k${known === -1 ? this.constants.push(value) - 1 : known}`;
  }

  /** A function at the top of the program, once for the same body. */
  hoist(body: string): string {
    const known = this.#hoisted.get(body);
    if (known !== undefined) return known;
    const name = this.name("p");
    this.#hoisted.set(body, name);
    return name;
  }

  /** A value that is the same all over one evaluation. */
  prelude(code: string): string {
    const known = this.#prelude.get(code) ?? this.name("g");
    this.#prelude.set(code, known);
    return known;
  }

  /** What `work` writes, apart. */
  capture(work: () => void): string {
    const outer = this.#lines;
    this.#lines = [];
    try {
      work();
      return this.#lines.join("\n");
    } finally {
      this.#lines = outer;
    }
  }

  /** Undoes what `work` wrote when it throws. */
  attempt<T>(work: () => T): T {
    const length = this.#lines.length;
    try {
      return work();
    } catch (error) {
      this.#lines.length = length;
      throw error;
    }
  }

  /** The hoisted functions, as declarations. */
  declarations(): string {
    return [...this.#hoisted].map(([body, name]) => `function ${name}${body}`).join("\n");
  }

  /** What an evaluation begins with. */
  beginning(): string {
    return [...this.#prelude].map(([code, name]) => `const ${name} = ${code};`).join("\n");
  }
}
