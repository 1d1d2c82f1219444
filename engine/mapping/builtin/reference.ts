import jsonata from "jsonata";
import type { Sign } from "../value/callable.ts";
import { sequence, sequenceOf } from "../value/sequence.ts";
import type { List } from "../value/sequence.ts";

/** What the reference's functions find in `this`. */
export interface Focus {
  readonly environment?: { readonly timestamp: unknown };
  createSequence(...items: unknown[]): List;
}

/** A built-in as the reference holds it; reached by evaluating its name. */
export interface Definition {
  readonly implementation: (this: Focus, ...args: unknown[]) => unknown;
  readonly signature: Sign;
}

/** Every function that jsonata 2.2 binds. A house test compares this list with the library. */
export const referenceNames = [
  "sum count max min average string substring substringBefore substringAfter lowercase uppercase",
  "length trim pad match contains replace split join formatNumber formatBase formatInteger",
  "parseInteger number floor ceil round abs sqrt power random boolean not map zip filter single",
  "reduce sift keys lookup append exists spread merge reverse each error assert type sort shuffle",
  "distinct base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl",
  "eval toMillis fromMillis clone now millis",
].flatMap((line) => line.split(" "));

const listed = referenceNames.map((name) => `"${name}": $${name}`).join(", ");
const definitions = (await jsonata(`{${listed}}`).evaluate(undefined)) as Readonly<
  Record<string, Definition>
>;

/** The reference's own definition of a built-in. */
export function reference(name: string): Definition {
  const found = definitions[name];
  if (found === undefined) throw new Error(`jsonata has no function $${name}`);
  return found;
}

/** A signature such as `<s-n?:s>`, checked by the reference's own parser. */
export function signature(definition: string): Sign {
  const { signature } = jsonata(`function($a)${definition}{$a}`).ast() as unknown as {
    readonly signature: Sign;
  };
  return signature;
}

export const focus: Focus = {
  createSequence: (...items) => (items.length === 0 ? sequence() : sequenceOf(items[0])),
};
