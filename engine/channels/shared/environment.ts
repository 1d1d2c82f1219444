import type { Generation } from "../../model/plan/generation.ts";
import type { Secrets } from "../../ports/secrets.ts";

/** `$env`: the declared values that are set, or have a default. */
export function environmentOf(
  generation: Generation,
  secrets: Secrets,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  const { env } = generation.workspace;
  for (const name in env) {
    const value = secrets.env(name) ?? env[name]?.default;
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** `$secret`: the declared secrets that are set. Only for `auth` and `verify`. */
export function secretsOf(
  generation: Generation,
  secrets: Secrets,
): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const name of Object.keys(generation.workspace.secrets ?? {})) {
    const value = secrets.secret(name);
    if (value !== undefined) values[name] = value;
  }
  return values;
}
