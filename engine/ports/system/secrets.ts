import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Secrets } from "../secrets.ts";

/** Only such names are looked for in a folder: a name must not lead out of it. */
const namePattern = /^[A-Z][A-Z0-9_]*$/;

const quiet = { throwIfNoEntry: false } as const;

/**
 * Secrets of a process, first found first taken: the variable `NAME`, the file that `NAME_FILE`
 * names, the file `NAME` in `folder` (as Docker and Kubernetes mount them). Files are read again
 * when they changed, so that a rotated secret needs no restart. An empty value counts as not set.
 */
export class SystemSecrets implements Secrets {
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #folder: string | undefined;
  readonly #files = new Map<
    string,
    { readonly stamp: string; readonly value: string | undefined }
  >();

  constructor(environment: Readonly<Record<string, string | undefined>>, folder?: string) {
    // A copy: each look into `process.env` itself asks the system.
    this.#environment = { ...environment };
    this.#folder = folder;
  }

  secret(name: string): string | undefined {
    if (!namePattern.test(name)) return undefined;
    const given = this.env(name);
    if (given !== undefined) return given;
    const file = this.env(`${name}_FILE`);
    if (file !== undefined) return this.#read(file);
    return this.#folder === undefined ? undefined : this.#read(join(this.#folder, name));
  }

  /** Why a secret has no value although somebody said where it is; undefined where nobody did. */
  whyNot(name: string): string | undefined {
    const file = this.env(`${name}_FILE`);
    if (file !== undefined) return `${name}_FILE names ${file}, which ${lackOf(file)}`;
    if (this.#folder === undefined || statSync(this.#folder, quiet)?.isDirectory() === true) {
      return undefined;
    }
    return `SLUICE_SECRETS_DIR names ${this.#folder}, which is no folder`;
  }

  env(name: string): string | undefined {
    const value = this.#environment[name];
    return value === "" ? undefined : value;
  }

  #read(path: string): string | undefined {
    const stat = statSync(path, quiet);
    if (stat?.isFile() !== true) return undefined;
    const stamp = `${stat.mtimeMs}:${stat.size}:${stat.ino}`;
    const known = this.#files.get(path);
    if (known?.stamp === stamp) return known.value;
    // Editors and `echo` end files with a line break that is no part of the secret.
    const text = readFileSync(path, "utf8").replace(/\r?\n$/, "");
    const value = text === "" ? undefined : text;
    this.#files.set(path, { stamp, value });
    return value;
  }
}

function lackOf(path: string): string {
  const stat = statSync(path, quiet);
  if (stat === undefined) return "is not there";
  return stat.isFile() ? "is empty" : "is no file";
}
