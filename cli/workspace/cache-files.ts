import { createHash, randomBytes } from "node:crypto";
import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";
import { makeFolder } from "./make-folder.ts";

/** So many files are kept, and none longer than so many characters. */
const kept = 32;
const charactersMax = 33_554_432;

/**
 * What earlier calls worked out, in files named by everything it follows from. Whatever is wrong with
 * a file or with the folder, it is as if there was none.
 */
export class CacheFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What `remember` was given: its shape is the caller's to know. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- names the shape of the file
  recall<T>(key: string): T | undefined {
    const text = this.recallText(key);
    return text === undefined ? undefined : (JSON.parse(text) as T);
  }

  remember(key: string, value: unknown): void {
    this.rememberText(key, JSON.stringify(value));
  }

  /** What `rememberText` was given. */
  recallText(key: string): string | undefined {
    const path = join(this.#folder, key);
    try {
      const bytes = readFileSync(path);
      const end = bytes.indexOf("\n");
      const text = bytes.subarray(end + 1);
      if (end < 0 || bytes.toString("latin1", 0, end) !== sumOf(key, text)) return undefined;
      const now = new Date();
      utimesSync(path, now, now);
      return text.toString("utf8");
    } catch {
      return undefined;
    }
  }

  rememberText(key: string, text: string): void {
    if (text.length > charactersMax) return;
    const path = join(this.#folder, key);
    const draft = `${path}.${randomBytes(6).toString("hex")}`;
    const bytes = Buffer.from(text);
    try {
      makeFolder(this.#folder, 0o700);
      writeFileSync(draft, Buffer.concat([Buffer.from(`${sumOf(key, bytes)}\n`), bytes]), {
        mode: 0o600,
      });
      renameSync(draft, path);
      this.#forgetOldest();
    } catch {
      forget(draft);
    }
  }

  #forgetOldest(): void {
    const files = readdirSync(this.#folder).map((name) => join(this.#folder, name));
    if (files.length <= kept) return;
    const ages = files.map((path) => ({ path, usedAt: statSync(path).mtimeMs }));
    ages.sort((a, b) => b.usedAt - a.usedAt);
    for (const { path } of ages.slice(kept)) forget(path);
  }
}

function forget(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nothing is remembered where nothing can be written.
  }
}

/** This user's own folder for what can be made anew; undefined where there is none. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { XDG_CACHE_HOME: given, HOME: home, LOCALAPPDATA: local } = env;
  // A relative path is to be ignored, says the standard.
  if (given !== undefined && isAbsolute(given)) return join(given, "sluice");
  const base = home !== undefined && isAbsolute(home) ? join(home, ".cache") : local;
  return base === undefined || !isAbsolute(base) ? undefined : join(base, "sluice");
}

function sumOf(key: string, text: Uint8Array): string {
  return createHash("sha256").update(`${key}\n`).update(text).digest("hex");
}
