import { createTransport } from "../channels/http-out/index.ts";
import type { NewDelivery } from "../model/decision.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { RawOutcome } from "../model/request.ts";
import { SystemClock, SystemIds, SystemSecrets } from "../ports/system/index.ts";

/** Sends the reads of a plan; anything else is refused here, whatever it is asked. */
export function createReadTransport(
  environment: Readonly<Record<string, string | undefined>>,
  generation: Generation,
) {
  const clock = new SystemClock();
  const ids = new SystemIds();
  const transport = createTransport({
    secrets: new SystemSecrets(environment, environment["SLUICE_SECRETS_DIR"]),
    clock,
    log: { write: () => undefined },
  });
  return {
    read: async (delivery: NewDelivery): Promise<RawOutcome> => {
      if (!delivery.read) return { kind: "not-sent", reason: "a plan sends only reads", ms: 0 };
      const now = clock.now();
      const id = ids.next(now);
      return transport.send(
        {
          ...delivery,
          id,
          runId: id,
          flow: "(plan)",
          generation: generation.hash,
          correlationId: id,
          traceparent: ids.traceparent(),
          status: "pending",
          createdAt: now,
        },
        generation,
      );
    },
    close: async () => {
      await transport.close();
    },
  };
}
