import { userInfo } from "node:os";
import { isJsonObject, type Json, StoreError, UsageError } from "../../engine/index.ts";
import type { Terminal } from "../output/terminal.ts";
import { readAddress } from "./engine-address.ts";
import { storePath } from "./store.ts";

export interface AdminOptions {
  readonly server?: string;
  readonly store?: string;
  readonly workspace?: string;
  /** Who does it; the user's name unless told. */
  readonly by?: string;
}

/** What the admin API answers. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: Json;
}

/** Asks the running engine, and changes nothing. */
export async function adminLook(
  path: string,
  options: AdminOptions,
  terminal: Terminal,
): Promise<AdminAnswer> {
  return ask("GET", path, undefined, options, terminal);
}

/**
 * Sends a person's word to the running engine's admin API: `--server`, else the address the engine
 * left beside its store. A store has one owner, so changes go through it.
 */
export async function admin(
  path: string,
  body: Json,
  options: AdminOptions,
  terminal: Terminal,
): Promise<AdminAnswer> {
  return ask("POST", path, body, options, terminal);
}

async function ask(
  method: "GET" | "POST",
  path: string,
  body: Json | undefined,
  options: AdminOptions,
  terminal: Terminal,
): Promise<AdminAnswer> {
  const address = options.server === undefined ? await ownAddress(options, terminal) : undefined;
  const url = options.server ?? address?.url ?? "";
  const token =
    terminal.env["SLUICE_TOKEN"] ?? terminal.env["SLUICE_ADMIN_TOKEN"] ?? address?.token;
  const target = adminUrl(url, path);
  const by = actor(options);
  let response: Response;
  try {
    response = await fetch(target, {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        "x-sluice-actor": by,
        // One request a call: a connection that is kept may be closed just when it is used again.
        connection: "close",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new StoreError("cli/engine-unreachable", `no engine answers at ${url}`, {
      help: "start it with `sluice run`, or name its address with --server",
      cause: error,
    });
  }
  // Whatever a JSON body holds is JSON.
  const answered = (await response.json().catch(() => ({}))) as Json;
  if (response.status === 401 || response.status === 403) {
    throw new UsageError(
      "cli/admin-refused",
      `the engine at ${url} refuses: ${problemText(answered)}`,
      {
        help: lacksRight(answered)
          ? "set SLUICE_TOKEN to the token of a role that has it; sluice.yaml says under roles who has what"
          : "set SLUICE_ADMIN_TOKEN to the token the engine was started with, or SLUICE_TOKEN to a role's",
      },
    );
  }
  if (!response.ok) {
    throw new UsageError("cli/admin-refused", problemText(answered));
  }
  return { status: response.status, body: answered };
}

function adminUrl(server: string, path: string): URL {
  try {
    return new URL(`/admin/v1/${path}`, server);
  } catch (error) {
    throw new UsageError("cli/bad-server", `--server ${JSON.stringify(server)} is no address`, {
      help: "give one such as http://127.0.0.1:8080",
      cause: error,
    });
  }
}

async function ownAddress(options: AdminOptions, terminal: Terminal) {
  const path = await storePath(options, terminal);
  const address = readAddress(path);
  if (address !== undefined) return address;
  throw new StoreError("cli/engine-not-running", `no engine runs on ${path}`, {
    help: "start it with `sluice run`; changes are made by the engine that owns the store",
  });
}

export function actor(options: Pick<AdminOptions, "by">): string {
  const by = options.by ?? userInfo().username;
  if (/^[\x20-\x7E]+$/.test(by)) return by;
  throw new UsageError("cli/bad-name", `${JSON.stringify(by)} does not fit into an HTTP header`, {
    help: "write --by with the letters of ASCII",
  });
}

const lacksRight = (body: Json): boolean => isJsonObject(body) && body["right"] !== undefined;

/** The words of an RFC 9457 problem. */
function problemText(body: unknown): string {
  if (typeof body !== "object" || body === null) return "no reason given";
  const { detail, title } = body as { detail?: unknown; title?: unknown };
  return typeof detail === "string"
    ? detail
    : typeof title === "string"
      ? title
      : "no reason given";
}
