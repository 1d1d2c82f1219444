import { isJsonObject, type Json } from "../model/json.ts";

/** One place where two values differ. `pointer` is a JSON pointer (RFC 6901), `` for the root. */
export interface Difference {
  readonly pointer: string;
  /** Undefined where the member was not expected. */
  readonly expected?: Json;
  /** Undefined where the member is missing. */
  readonly actual?: Json;
}

/**
 * Where `actual` differs from `expected`, in document order. With `partial`, members that `expected`
 * does not name may be there; lists are always compared whole.
 */
export function differences(
  expected: unknown,
  actual: unknown,
  options: { readonly partial?: boolean; readonly pointer?: string } = {},
): Difference[] {
  const pointer = options.pointer ?? "";
  if (Array.isArray(expected) && Array.isArray(actual)) {
    return Array.from({ length: Math.max(expected.length, actual.length) }, (_, index) =>
      member(expected[index], actual[index], { ...options, pointer: `${pointer}/${index}` }),
    ).flat();
  }
  if (isJsonObject(expected) && isJsonObject(actual)) {
    const names = new Set(Object.keys(expected));
    if (options.partial !== true) for (const name of Object.keys(actual)) names.add(name);
    return [...names].flatMap((name) =>
      member(
        Object.hasOwn(expected, name) ? expected[name] : undefined,
        Object.hasOwn(actual, name) ? actual[name] : undefined,
        { ...options, pointer: `${pointer}/${escapePointer(name)}` },
      ),
    );
  }
  return Object.is(expected, actual) ? [] : [difference(pointer, expected, actual)];
}

function member(
  expected: unknown,
  actual: unknown,
  options: { readonly partial?: boolean; readonly pointer: string },
): Difference[] {
  if (expected === undefined || actual === undefined) {
    return expected === actual ? [] : [difference(options.pointer, expected, actual)];
  }
  return differences(expected, actual, options);
}

function difference(pointer: string, expected: unknown, actual: unknown): Difference {
  return {
    pointer,
    ...(expected === undefined ? {} : { expected: expected as Json }),
    ...(actual === undefined ? {} : { actual: actual as Json }),
  };
}

function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** `/lines/0/sku: expected "A", and it is "B"`. */
export function sentence({ pointer, expected, actual }: Difference): string {
  const place = pointer === "" ? "value" : pointer;
  if (expected === undefined) return `${place}: not expected, and it is ${JSON.stringify(actual)}`;
  if (actual === undefined)
    return `${place}: expected ${JSON.stringify(expected)}, and it is absent`;
  return `${place}: expected ${JSON.stringify(expected)}, and it is ${JSON.stringify(actual)}`;
}
