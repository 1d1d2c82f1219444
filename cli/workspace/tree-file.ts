import { digest, type KeptTrees, type PackedNode } from "../../engine/index.ts";
import type { CacheFiles } from "./cache-files.ts";

/** Trees of a workspace's texts, by the texts' hashes: parsing them is a third of compiling. */
export class TreeFile implements KeptTrees {
  readonly #files: CacheFiles;
  readonly #key: string;
  readonly #used = new Map<string, PackedNode>();
  #before: Readonly<Record<string, PackedNode>> | undefined;
  #isNew = false;

  constructor(files: CacheFiles, key: string) {
    this.#files = files;
    this.#key = key;
  }

  get(text: string): PackedNode | undefined {
    this.#before ??= this.#files.recall<Readonly<Record<string, PackedNode>>>(this.#key) ?? {};
    const name = digest(text);
    const tree = this.#before[name];
    if (tree !== undefined) this.#used.set(name, tree);
    return tree;
  }

  set(text: string, tree: PackedNode): void {
    this.#isNew = true;
    this.#used.set(digest(text), tree);
  }

  /** Keeps exactly the trees that were used. */
  save(): void {
    if (this.#isNew) this.#files.remember(this.#key, Object.fromEntries(this.#used));
  }
}
