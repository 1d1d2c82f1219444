import { digest, type Kept } from "../../engine/index.ts";
import type { CacheFiles } from "./cache-files.ts";

/** So many values stand in the second file at most: beyond, all are written into the first again. */
const besideMost = 300;

/** Of SHA-256 in hex. */
const nameLength = 64;

/** JSON by the hash of the text it was found of. */
type Values = ReadonlyMap<string, string>;

/** Of the two files of a workspace. */
interface Pair<Content> {
  readonly first: Content;
  readonly second: Content;
}

/**
 * What was found of a workspace's texts, by their hashes. Two files hold it, since an edit adds a few
 * values and writing all of them takes a tenth of compiling: the second has what is new since the
 * first was written. Each value is true by itself, so it is no matter which two files meet. A value is
 * parsed when it is asked for: what nobody holds on to costs a collection of garbage little.
 *
 * A workspace that was never seen, such as another clone of one that was, begins with what was kept of
 * another.
 */
export class KeptFile<Value> implements Kept<Value> {
  readonly #files: CacheFiles;
  readonly #own: Pair<string>;
  readonly #others: Pair<string> | undefined;
  readonly #used = new Map<string, string>();
  #before:
    | (Pair<Values | undefined> & { readonly others: Pair<Values | undefined> | undefined })
    | undefined;
  #isNew = false;

  /** `key` names all that the values follow from, beside the texts; `root` whose they are, `other` who has some, too. */
  constructor(files: CacheFiles, key: string, root: string, other?: string) {
    this.#files = files;
    const namesAt = (place: string) => ({
      first: digest(`first ${key} ${place}`),
      second: digest(`second ${key} ${place}`),
    });
    this.#own = namesAt(root);
    this.#others = other === undefined ? undefined : namesAt(other);
  }

  get(text: string): Value | undefined {
    const json = this.#find(text);
    // Whoever was here before was given such a value for this text.
    return json === undefined ? undefined : (JSON.parse(json) as Value);
  }

  has(text: string): boolean {
    return this.#find(text) !== undefined;
  }

  set(text: string, value: Value): void {
    this.#isNew = true;
    this.#used.set(digest(text), JSON.stringify(value));
  }

  /** Keeps what was used; what was not is forgotten when the first file is written the next time. */
  save(): void {
    if (this.#used.size === 0) return;
    const { first } = this.#recalled();
    if (!this.#isNew && first !== undefined) return;
    const beside = [...this.#used].filter(([name]) => first?.has(name) !== true);
    if (first !== undefined && beside.length <= besideMost) {
      this.#write(this.#own.second, beside);
    } else {
      this.#write(this.#own.first, [...this.#used]);
    }
  }

  #find(text: string): string | undefined {
    const { first, second, others } = this.#recalled();
    const name = digest(text);
    const json =
      this.#used.get(name) ??
      first?.get(name) ??
      second?.get(name) ??
      others?.first?.get(name) ??
      others?.second?.get(name);
    if (json !== undefined) this.#used.set(name, json);
    return json;
  }

  #recalled() {
    return (this.#before ??= this.#recall());
  }

  #recall() {
    const own = this.#readBoth(this.#own);
    const needed = own.first === undefined && this.#others !== undefined;
    return { ...own, others: needed ? this.#readBoth(this.#others) : undefined };
  }

  #readBoth({ first, second }: Pair<string>): Pair<Values | undefined> {
    return { first: this.#read(first), second: this.#read(second) };
  }

  /** A line each: its name, a blank, and JSON. */
  #read(key: string): Values | undefined {
    const lines = this.#files.recallText(key)?.split("\n");
    return (
      lines && new Map(lines.map((line) => [line.slice(0, nameLength), line.slice(nameLength + 1)]))
    );
  }

  #write(key: string, values: readonly (readonly [name: string, json: string])[]): void {
    this.#files.rememberText(key, values.map(([name, json]) => `${name} ${json}`).join("\n"));
  }
}
