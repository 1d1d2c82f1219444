import { spend } from "../value/run.ts";
import { indexIn } from "../value/search.ts";
import type { Implementation } from "./builtin.ts";
import { focus, reference } from "./reference.ts";

const surrogate = /[\ud800-\udfff]/;

/** Counts characters, not code units, as the reference does. */
export function charactersOf(text: string): number {
  spend(text.length >> 5);
  if (!surrogate.test(text)) return text.length;
  spend(text.length >> 1);
  let count = 0;
  for (const _character of text) count += 1;
  return count;
}

function length([text]: readonly unknown[]): number | undefined {
  return typeof text === "string" ? charactersOf(text) : undefined;
}

/** The reference makes a list of all characters, which only texts beyond the basic plane need. */
function substring([text, start, size]: readonly unknown[]): unknown {
  if (typeof text !== "string") return undefined;
  spend(text.length >> 5);
  if (surrogate.test(text)) {
    spend(text.length << 1);
    return reference("substring").implementation.call(focus, text, start, size);
  }
  const asked = Number(start);
  const from = text.length + asked < 0 ? 0 : asked;
  if (typeof size !== "number") return text.slice(from);
  if (size <= 0) return "";
  return text.slice(from, from >= 0 ? from + size : text.length + from + size);
}

function substringBefore([text, part]: readonly unknown[]): unknown {
  if (typeof text !== "string") return undefined;
  const at = typeof part === "string" ? indexIn(text, part) : text.indexOf(String(part));
  return at === -1 ? text : text.slice(0, at);
}

function substringAfter([text, part]: readonly unknown[]): unknown {
  if (typeof text !== "string") return undefined;
  const searched = String(part);
  const at = indexIn(text, searched);
  return at === -1 ? text : text.slice(at + searched.length);
}

/** Texts that are walked in full: the reference's own, in linear time and paid by the character. */
const walked = (name: string, cost: (characters: number) => number): [string, Implementation] => [
  name,
  (args) => {
    const [text] = args;
    if (typeof text === "string") spend(cost(text.length));
    return reference(name).implementation.call(focus, ...args);
  },
];

/** Functions on texts, with the work that long ones make. */
export const texts: Readonly<Record<string, Implementation>> = {
  length,
  substring,
  substringBefore,
  substringAfter,
  ...Object.fromEntries([
    walked("lowercase", (characters) => characters >> 2),
    walked("uppercase", (characters) => characters >> 1),
    walked("trim", (characters) => characters),
    walked("number", (characters) => characters >> 1),
    walked("base64encode", (characters) => characters >> 2),
    walked("base64decode", (characters) => characters >> 2),
    walked("encodeUrl", (characters) => characters << 1),
    walked("encodeUrlComponent", (characters) => characters << 1),
    walked("decodeUrl", (characters) => characters << 1),
    walked("decodeUrlComponent", (characters) => characters << 1),
    walked("parseInteger", (characters) => characters << 3),
  ]),
};
