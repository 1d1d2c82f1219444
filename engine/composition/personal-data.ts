import { isJsonObject, type Json } from "../model/json.ts";
import type { Message } from "../model/message.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RunDetail } from "../ports/store-reader.ts";
import { SchemaView } from "../validation/index.ts";

const masked = "•••";
const hidden = "(hidden: the texts of its generation are gone)";
/** An address in a partner's own words is nobody's field, and says who it is all the same. */
const mailAddress = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** Shorter values (country codes, flags) stand in every text, and name nobody. */
const lengthMin = 3;
/** So long a value may be replaced inside other texts; shorter ones only where they stand alone. */
const insideMin = 6;

/** The mask of a run, or one that hides all there is where its texts are gone. */
export function maskFor(
  generation: Generation | undefined,
  run: Pick<RunDetail, "flow" | "results"> | undefined,
  message: Pick<Message, "data"> | undefined,
): (value: Json) => Json {
  return generation === undefined || run === undefined
    ? hideAll
    : personalMask(generation, run, message);
}

/** Without its generation nothing says what is personal, so everything might be. */
function hideAll(value: Json): Json {
  if (typeof value === "object" && value !== null) return hidden;
  return typeof value === "string" ? value.replace(mailAddress, masked) : value;
}

/**
 * A mask for what was sent and answered in a run. Vendors' payloads have no schema that says what is
 * personal, so it goes by what the canonical schemas say (`x-pii`): the values that stood at such
 * places in this run's data, wherever they turn up, and members of the same names.
 */
export function personalMask(
  generation: Generation,
  run: Pick<RunDetail, "flow" | "results">,
  message: Pick<Message, "data"> | undefined,
): (value: Json) => Json {
  const schemas = new Map([...generation.schemas].map(([name, { schema }]) => [name, schema]));
  const found = valuesOf(generation, run, message);
  for (const name of schemas.keys()) found.names(SchemaView.of(name, schemas));
  return (value) => found.mask(value);
}

/** A text that may quote a record, without what is personal of it; cheaper than a mask. */
export function personalText(
  generation: Generation,
  run: Pick<RunDetail, "flow" | "results">,
  message: Pick<Message, "data"> | undefined,
  text: string,
): string {
  const shown = valuesOf(generation, run, message).mask(text);
  return typeof shown === "string" ? shown : masked;
}

/** The values that stood at places that the schemas mark. */
function valuesOf(
  generation: Generation,
  run: Pick<RunDetail, "flow" | "results">,
  message: Pick<Message, "data"> | undefined,
): Findings {
  const schemas = new Map([...generation.schemas].map(([name, { schema }]) => [name, schema]));
  const found = new Findings();
  const look = (schema: string | undefined, value: Json | undefined): void => {
    const view = schema === undefined ? undefined : SchemaView.of(schema, schemas);
    if (view !== undefined && value !== undefined) found.look(view, value);
  };
  look(generation.flows.get(run.flow)?.input, message?.data);
  for (const [path, value] of Object.entries(run.results)) {
    look(outputSchema(generation, run.flow, path), value);
  }
  return found;
}

/** The schema of what a step of kind `call` gave. */
function outputSchema(generation: Generation, flow: string, path: string): string | undefined {
  const [, id] = /\.([^.[\]]+)$/.exec(path) ?? [];
  const step = id === undefined ? undefined : generation.flows.get(flow)?.stepsById.get(id);
  if (typeof step?.argument !== "string") return undefined;
  if (step.kind === "golden") return step.argument;
  if (step.kind !== "call") return undefined;
  const [system = "", operation = ""] = step.argument.split(".");
  return (
    generation.systems.get(system)?.operations[operation]?.output ??
    generation.adapters.get(system)?.operations[operation]?.output
  );
}

class Findings {
  readonly #values = new Set<string>();
  readonly #names = new Set<string>();

  /** Names that a schema marks. */
  names(view: SchemaView | undefined, depth = 0): void {
    if (view === undefined || depth > 8) return;
    for (const name of view.properties) {
      const property = view.property(name);
      if (isMarked(property)) this.#names.add(plainName(name));
      else this.names(property, depth + 1);
    }
    if (view.items !== undefined) this.names(view.items, depth + 1);
  }

  /** Values that stand at marked places. */
  look(view: SchemaView, value: Json): void {
    if (isMarked(view)) this.#take(value);
    else if (Array.isArray(value)) {
      const items = view.items ?? view;
      for (const item of value as readonly Json[]) this.look(items, item);
    } else if (isJsonObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        const property = view.property(name);
        if (property !== undefined) this.look(property, member);
      }
    }
  }

  #take(value: Json): void {
    if (typeof value === "string" || typeof value === "number") {
      if (String(value).length >= lengthMin) this.#values.add(String(value));
    } else if (Array.isArray(value)) {
      for (const item of value as readonly Json[]) this.#take(item);
    } else if (isJsonObject(value)) {
      for (const member of Object.values(value)) this.#take(member);
    }
  }

  mask(value: Json): Json {
    if (typeof value === "string") return this.#text(value);
    if (typeof value === "number") return this.#values.has(String(value)) ? masked : value;
    if (Array.isArray(value)) return (value as readonly Json[]).map((item) => this.mask(item));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [
        name,
        this.#names.has(plainName(name)) ? hide(member) : this.mask(member),
      ]),
    );
  }

  #text(text: string): string {
    if (this.#values.has(text)) return masked;
    let shown = text.replace(mailAddress, masked);
    for (const value of this.#values) {
      if (value.length >= insideMin) shown = shown.replaceAll(value, masked);
    }
    return shown;
  }
}

function isMarked(view: SchemaView | undefined): boolean {
  const mark = view?.annotation("x-pii");
  return mark !== undefined && mark !== false && mark !== null;
}

/** `tax_id`, `taxId` and `Tax-ID` are one name. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
}

/** A value that is personal as a whole. What is absent stays visible: it is often the cause. */
export function hide(value: Json): Json {
  if (value === null || value === "") return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(hide);
  if (!isJsonObject(value)) return masked;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hide(member)]));
}
