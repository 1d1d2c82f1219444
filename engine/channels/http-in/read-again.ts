import type { Message } from "../../model/message.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { Received } from "../../model/received.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { EnginePort } from "./engine-port.ts";
import { readBody } from "./incoming.ts";
import { Refusal } from "./problem.ts";
import { type Endpoint, feedOf, readItems, scopeOf } from "./webhook.ts";

/** What came of reading a webhook's bytes once more. */
type ReadAgain =
  | { readonly kind: "received"; readonly received: Received }
  | { readonly kind: "none"; readonly why: string };

interface ReadAgainContext {
  readonly engine: Pick<EnginePort, "facts">;
  readonly clock: Clock;
  readonly secrets: Secrets;
}

/**
 * A stored message's bytes through the webhook's rules and mappings of a generation: everything of
 * intake but the signature, which was verified when they came, and is too old by now.
 */
export async function readAgain(
  stored: { readonly message: Message; readonly raw?: Uint8Array },
  generation: Generation,
  context: ReadAgainContext,
): Promise<ReadAgain> {
  const { message, raw } = stored;
  if (message.channel !== "webhook") {
    return none(`it came by ${message.channel}: only webhooks keep bytes that can be read again`);
  }
  if (raw === undefined) {
    return none("it has no bytes of its own: they are with another message of the same body");
  }
  const endpoints = endpointsOf(message.source, generation);
  if (endpoints.length === 0) return none(`the generation has no webhook of ${message.source}`);
  for (const endpoint of endpoints) {
    const found = await readAt(endpoint, message, raw, context);
    if (found !== undefined) return { kind: "received", received: found };
  }
  return none(
    `${message.source} makes no message of ${JSON.stringify(message.dedupeKey)} of these bytes any more`,
  );
}

/** Webhooks by the feed that names their messages. */
function endpointsOf(source: string, generation: Generation): readonly Endpoint[] {
  return [...generation.adapters.values()].flatMap((adapter) =>
    Object.entries(adapter.webhooks ?? {})
      .filter(([name, plan]) => `${adapter.name}.${plan.feed ?? name}` === source)
      .map(([name, plan]) => ({ generation, adapter, name, plan })),
  );
}

const unobserved = { meter: { add: (): void => {} }, log: { write: (): void => {} } };

async function readAt(
  endpoint: Endpoint,
  message: Message,
  raw: Uint8Array,
  context: ReadAgainContext,
): Promise<Received | undefined> {
  try {
    const body = readBody(Buffer.from(raw), endpoint.plan.accept ?? "json");
    const scope = scopeOf(endpoint, message.headers, body, context);
    const items = await readItems(feedOf(endpoint, context), endpoint, scope, unobserved);
    return items.find(({ dedupeKey }) => dedupeKey === message.dedupeKey);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function none(why: string): ReadAgain {
  return { kind: "none", why };
}
