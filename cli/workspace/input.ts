import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Json, UsageError } from "../../engine/index.ts";
import { timeText } from "../output/time.ts";
import type { Terminal } from "../output/terminal.ts";
import { withReader } from "./store.ts";

interface InputSource {
  /** Path of a JSON file, `-` for standard input. */
  readonly file: string | undefined;
  /** Id of a recorded message. */
  readonly message: string | undefined;
  readonly options: { readonly store?: string; readonly workspace?: string };
  readonly terminal: Terminal;
}

interface WithExamples {
  readonly contract?: {
    readonly examples?: readonly { readonly name: string; readonly input: unknown }[];
  };
}

/** The value to work on: a file, a recorded message's data, or the mapping's first example. */
export async function readInput(source: InputSource, mapping?: WithExamples): Promise<Json> {
  const { file, message, options, terminal } = source;
  if (file !== undefined) return readJsonFile(file, terminal);
  if (message !== undefined) {
    return withReader(options, terminal, async (reader) => {
      const found = await reader.message(message);
      if (found?.emptiedAt !== undefined) throw payloadOver(message, found.emptiedAt);
      if (found !== undefined) return found.message.data;
      throw new UsageError("cli/unknown-message", `no message ${JSON.stringify(message)}`, {
        help: "`sluice messages` lists them",
      });
    });
  }
  const example = mapping?.contract?.examples?.[0];
  if (example !== undefined) {
    terminal.err(`no input named: taking the example ${JSON.stringify(example.name)}\n`);
    return example.input as Json;
  }
  throw new UsageError("cli/no-input", "no input is named", {
    help: "name a JSON file, `-` for standard input, or a recorded message with --message <id>",
  });
}

function payloadOver(message: string, at: number): UsageError {
  return new UsageError(
    "cli/payload-over",
    `the payload of message ${message} went on ${timeText(at).slice(0, 10)}: its retention is over`,
    {
      help: "name a younger message, or a JSON file; `retention.payloads` says how long they stay",
    },
  );
}

/** Reads JSON and says where it is broken. */
export function readJsonFile(file: string, terminal: Pick<Terminal, "cwd">): Json {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : resolve(terminal.cwd, file), "utf8");
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new UsageError(
      "cli/unreadable-file",
      isMissing ? `there is no file ${file} here` : `${file} cannot be read: ${reason(error)}`,
      { cause: error, help: "name a JSON file, or `-` for standard input" },
    );
  }
  try {
    // JSON.parse gives any; whatever it gives is JSON.
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new UsageError("cli/bad-json", `${file} is no JSON: ${reason(error)}`, {
      help: "give one JSON value in UTF-8, as the sender would send it",
      cause: error,
    });
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
