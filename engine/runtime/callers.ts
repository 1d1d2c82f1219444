import type { ApiResponse } from "../model/decision.ts";
import type { Instant } from "../model/json.ts";
import type { CallAnswer, Received } from "../model/received.ts";
import type { Receiver } from "./receive.ts";
import type { Waiters } from "./waiters.ts";
import type { World } from "./world.ts";

const respondMsDefault = 30_000;

export interface CallersContext {
  readonly world: World;
  readonly receiver: Receiver;
  readonly waiters: Waiters;
}

/** Those who send a message and stay for what its run answers. */
export class Callers {
  readonly #context: CallersContext;

  constructor(context: CallersContext) {
    this.#context = context;
  }

  async receiveAndWait(received: Received): Promise<CallAnswer> {
    const { receiver, waiters, world } = this.#context;
    const patience = received.respondBy ?? world.clock.now() + respondMsDefault;
    let expected:
      | { readonly runId: string; readonly answer: Promise<ApiResponse | undefined> }
      | undefined;
    const expect = (runId: string, until: Instant): void => {
      expected = { runId, answer: waiters.wait(runId, until) };
    };
    const receipt = await receiver.take(received, {
      expect: ({ runs: [run, ...more] }) => {
        if (run !== undefined && more.length === 0) expect(run.id, run.respondBy ?? patience);
      },
    });
    const runId = receipt.outcome === "refused" ? undefined : receipt.runs[0]?.id;
    if (expected !== undefined && expected.runId !== runId) {
      waiters.tell(expected.runId, undefined);
    }
    if (receipt.outcome === "refused") return receipt;
    const { messageId } = receipt;
    if (runId === undefined) return { outcome: "pending", messageId };
    // A duplicate, and another message of the same identity, wait for the first one's run, which may
    // have answered long ago.
    const isOwn = expected?.runId === runId;
    if (!isOwn) expect(runId, patience);
    const given = isOwn ? undefined : await this.response(runId);
    if (given !== undefined) waiters.tell(runId, given);
    const response = await expected?.answer;
    if (response === undefined) return { outcome: "pending", messageId, runId };
    return { outcome: "answered", messageId, runId, response };
  }

  async response(runId: string): Promise<ApiResponse | undefined> {
    return (await this.#context.world.store.read.run(runId))?.response;
  }
}
