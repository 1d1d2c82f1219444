import { createHash, type Hash } from "node:crypto";
import { loadFingerprint } from "../../engine/index.ts";

type Texts = Readonly<Record<string, string>>;

/** What else a verdict follows from. */
export interface Question {
  /** The date that the workspace is judged by. */
  readonly today?: string;
  /** Texts that its schemas are compared with. */
  readonly against?: Texts;
  /** Also ask what is set on this machine. */
  readonly isHere?: boolean;
}

/** One name for all that a verdict follows from: the compiler, the texts, and what else is asked. */
export async function verdictKey(
  files: Texts,
  { today = "", against, isHere = false }: Question,
): Promise<string> {
  const hash = createHash("sha256");
  add(hash, await fingerprint());
  add(hash, `${today} ${String(isHere)} ${String(against !== undefined)}`);
  addTexts(hash, files);
  addTexts(hash, against ?? {});
  return hash.digest("hex");
}

/** Where what was found of workspaces' parts is kept: another compiler may find something else. */
export async function partsKey(): Promise<string> {
  const hash = createHash("sha256");
  add(hash, "parts");
  add(hash, await fingerprint());
  return hash.digest("hex");
}

let known: Promise<string> | undefined;

async function fingerprint(): Promise<string> {
  known ??= loadFingerprint().then((fingerprintOf) => fingerprintOf());
  return known;
}

function addTexts(hash: Hash, texts: Texts): void {
  const names = Object.keys(texts).toSorted();
  add(hash, String(names.length));
  for (const name of names) {
    add(hash, name);
    add(hash, texts[name] ?? "");
  }
}

/** With its length, so that no two lists of texts are one. */
function add(hash: Hash, text: string): void {
  hash.update(`${text.length}:`).update(text);
}
