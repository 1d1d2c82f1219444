/** Where a request goes, in the parts that are asked for. */
export interface Address {
  readonly url: URL;
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
}

/** So many at most; they are forgotten together. */
const knownMax = 1_000;
const known = new Map<string, Address>();

/**
 * The address of a text; undefined for one that is no absolute URL. Adapters send to the same ones
 * again and again, so they are kept parsed: `url` is to be read, never changed.
 */
export function addressAt(text: string): Address | undefined {
  const before = known.get(text);
  if (before !== undefined) return before;
  const url = URL.parse(text);
  if (url === null) return undefined;
  const address = addressOf(url);
  if (known.size >= knownMax) known.clear();
  known.set(text, address);
  return address;
}

export function addressOf(url: URL): Address {
  return { url, origin: url.origin, path: `${url.pathname}${url.search}` };
}
