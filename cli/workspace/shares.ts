/** Texts by workspace path. */
type Texts = Readonly<Record<string, string>>;

/** So many characters are taken at once: enough that taking costs nothing, few enough to end together. */
const shareLength = 32_768;

/** Work for several threads, in the order in which the main thread wants to do it. */
export interface Shares {
  readonly texts: readonly Texts[];
  /** One number a share, which all threads see: 1 where somebody took it. */
  readonly taken: Int32Array<SharedArrayBuffer>;
}

/** Cuts texts into shares. */
export function sharesOf(files: readonly (readonly [path: string, text: string])[]): Shares {
  const texts: Record<string, string>[] = [];
  let length = shareLength;
  for (const [path, text] of files) {
    if (length >= shareLength) {
      texts.push({});
      length = 0;
    }
    const share = texts.at(-1);
    if (share !== undefined) share[path] = text;
    length += text.length;
  }
  const taken = new Int32Array(new SharedArrayBuffer(4 * texts.length));
  return { texts, taken };
}

/** What nobody else took: from the beginning, or from the end. */
export function* take(shares: Shares, from: "beginning" | "end"): Generator<Texts, void> {
  const { texts, taken } = shares;
  for (let step = 0; step < texts.length; step += 1) {
    const index = from === "beginning" ? step : texts.length - 1 - step;
    const share = texts[index];
    if (share !== undefined && Atomics.exchange(taken, index, 1) === 0) yield share;
  }
}
