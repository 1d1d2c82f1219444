import { userInfo } from "node:os";
import { StoreError, UsageError } from "../../engine/index.ts";
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

/** What a change by a person may answer. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Sends a person's word to the running engine's admin API: `--server`, else the address the engine
 * left beside its store. A store has one owner, so changes go through it.
 */
export async function admin(
  path: string,
  body: unknown,
  options: AdminOptions,
  terminal: Terminal,
): Promise<AdminAnswer> {
  const address = options.server === undefined ? await ownAddress(options, terminal) : undefined;
  const url = options.server ?? address?.url ?? "";
  const token = terminal.env["SLUICE_ADMIN_TOKEN"] ?? address?.token;
  let response: Response;
  try {
    response = await fetch(new URL(`/admin/v1/${path}`, url), {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-sluice-actor": actor(options),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
  } catch (error) {
    throw new StoreError("cli/engine-unreachable", `no engine answers at ${url}`, {
      help: "start it with `sluice run`, or name its address with --server",
      cause: error,
    });
  }
  const answered: unknown = await response.json().catch(() => ({}));
  if (response.status === 401 || response.status === 403) {
    throw new UsageError(
      "cli/admin-refused",
      `the engine at ${url} refuses: ${problemText(answered)}`,
      {
        help: "set SLUICE_ADMIN_TOKEN to the token the engine was started with",
      },
    );
  }
  if (!response.ok) {
    throw new UsageError("cli/admin-refused", problemText(answered));
  }
  return { status: response.status, body: answered };
}

async function ownAddress(options: AdminOptions, terminal: Terminal) {
  const path = await storePath(options, terminal);
  const address = readAddress(path);
  if (address !== undefined) return address;
  throw new UsageError("cli/engine-not-running", `no engine runs on ${path}`, {
    help: "start it with `sluice run`; changes are made by the engine that owns the store",
  });
}

export function actor(options: Pick<AdminOptions, "by">): string {
  return options.by ?? userInfo().username;
}

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
