/** A comparison of one field with a literal. */
export interface Condition {
  readonly field: string;
  readonly operator: "=" | "!=" | ">" | ">=" | "<" | "<=" | "IN" | "LIKE";
  readonly values: readonly Literal[];
}

export type Literal = string | number | boolean | null;

export interface SoqlQuery {
  readonly from: string;
  /** Own fields and parents' fields, such as `Account.Name`. */
  readonly fields: readonly string[];
  readonly children: readonly SoqlQuery[];
  readonly where: readonly Condition[];
  readonly orderBy: readonly { readonly field: string; readonly descending: boolean }[];
  readonly limit: number | undefined;
}

const token =
  /\s*(?:('(?:[^'\\]|\\.)*')|(\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d))?)|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|(!=|>=|<=|[=<>(),]))/y;

const operators = new Map<string, Condition["operator"]>(
  (["=", "!=", ">", ">=", "<", "<=", "IN", "LIKE"] as const).map((name) => [name, name]),
);

/** Reads the part of SOQL that integrations use; undefined when it is not in that part. */
export function parseSoql(text: string): SoqlQuery | undefined {
  try {
    const parser = new Parser(tokensOf(text));
    const query = parser.query();
    return parser.atEnd() ? query : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function tokensOf(text: string): string[] {
  const found: string[] = [];
  const end = text.trimEnd().length;
  token.lastIndex = 0;
  while (token.lastIndex < end) {
    const match = token.exec(text);
    if (match === null) throw new SyntaxError(text);
    found.push(match[0].trim());
  }
  return found;
}

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  atEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  query(): SoqlQuery {
    this.#expect("SELECT");
    const fields: string[] = [];
    const children: SoqlQuery[] = [];
    do {
      if (this.#takes("(")) {
        children.push(this.query());
        this.#expect(")");
      } else fields.push(this.#name());
    } while (this.#takes(","));
    this.#expect("FROM");
    const from = this.#name();
    const where = this.#takes("WHERE") ? this.#conditions() : [];
    const orderBy = this.#takes("ORDER") ? this.#order() : [];
    const limit = this.#takes("LIMIT") ? Number(this.#next()) : undefined;
    return { from, fields, children, where, orderBy, limit };
  }

  #conditions(): Condition[] {
    const found: Condition[] = [];
    do found.push(this.#condition());
    while (this.#takes("AND"));
    return found;
  }

  #condition(): Condition {
    const field = this.#name();
    const operator = operators.get(this.#next().toUpperCase());
    if (operator === undefined) throw new SyntaxError(field);
    if (operator !== "IN") return { field, operator, values: [literalOf(this.#next())] };
    this.#expect("(");
    const values: Literal[] = [];
    do values.push(literalOf(this.#next()));
    while (this.#takes(","));
    this.#expect(")");
    return { field, operator, values };
  }

  #order(): { field: string; descending: boolean }[] {
    this.#expect("BY");
    const found: { field: string; descending: boolean }[] = [];
    do {
      const field = this.#name();
      const descending = this.#takes("DESC");
      if (!descending) this.#takes("ASC");
      found.push({ field, descending });
    } while (this.#takes(","));
    return found;
  }

  #next(): string {
    const next = this.#tokens[this.#at];
    if (next === undefined) throw new SyntaxError("end");
    this.#at += 1;
    return next;
  }

  #name(): string {
    const name = this.#next();
    if (!/^[A-Za-z_]/.test(name)) throw new SyntaxError(name);
    return name;
  }

  #takes(word: string): boolean {
    if (this.#tokens[this.#at]?.toUpperCase() !== word) return false;
    this.#at += 1;
    return true;
  }

  #expect(word: string): void {
    if (!this.#takes(word)) throw new SyntaxError(word);
  }
}

function literalOf(text: string): Literal {
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll(/\\(.)/g, "$1");
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (/^\d{4}-/.test(text)) return text;
  const word = text.toLowerCase();
  if (word === "null") return null;
  if (word === "true" || word === "false") return word === "true";
  throw new SyntaxError(text);
}
