import { digest, type Kept } from "../../engine/index.ts";
import type { CacheFiles } from "./cache-files.ts";

/** So many values stand in the second file at most: beyond, all are written into the first again. */
const besideMost = 300;

type Values = Readonly<Record<string, unknown>>;

/**
 * What was found of a workspace's texts, by their hashes. Two files hold it, since an edit adds a few
 * values and writing all of them takes a tenth of compiling: the second has what is new since the
 * first was written. Each value is true by itself, so it is no matter which two files meet.
 */
export class KeptFile<Value> implements Kept<Value> {
  readonly #files: CacheFiles;
  readonly #first: string;
  readonly #second: string;
  readonly #used = new Map<string, unknown>();
  #before: { readonly first: Values | undefined; readonly second: Values } | undefined;
  #isNew = false;

  /** `key` names all that the values follow from, beside the texts. */
  constructor(files: CacheFiles, key: string) {
    this.#files = files;
    this.#first = digest(`first ${key}`);
    this.#second = digest(`second ${key}`);
  }

  get(text: string): Value | undefined {
    const { first, second } = this.#recalled();
    const name = digest(text);
    const value = this.#used.get(name) ?? first?.[name] ?? second[name];
    if (value !== undefined) this.#used.set(name, value);
    // Whoever was here before was given such a value for this text.
    return value as Value | undefined;
  }

  set(text: string, value: Value): void {
    this.#isNew = true;
    this.#used.set(digest(text), value);
  }

  /** Keeps what was used; what was not is forgotten when the first file is written the next time. */
  save(): void {
    if (!this.#isNew) return;
    const { first } = this.#recalled();
    const beside = [...this.#used].filter(([name]) => first?.[name] === undefined);
    if (first !== undefined && beside.length <= besideMost) {
      this.#files.remember(this.#second, Object.fromEntries(beside));
    } else {
      this.#files.remember(this.#first, Object.fromEntries(this.#used));
    }
  }

  #recalled() {
    return (this.#before ??= {
      first: this.#files.recall<Values>(this.#first),
      second: this.#files.recall<Values>(this.#second) ?? {},
    });
  }
}
