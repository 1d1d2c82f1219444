import { boolean, span, expression, object, optional, record, reference } from "../model/field.ts";
import type { Message } from "../model/message.ts";
import { defineStep } from "./define-step.ts";
import { dropWait, durableWait, timeoutBlock, whenLate } from "./shared/durable-wait.ts";
import { messageView } from "./shared/message-view.ts";
import { holds, textOf } from "./shared/truth.ts";

/** Messages of one millisecond are told apart by their ids, which grow with time. */
const isNewer = (event: Message, message: Message): boolean =>
  event.receivedAt === message.receivedAt
    ? event.id > message.id
    : event.receivedAt > message.receivedAt;

/** Waits for an event: Correlation Identifier. */
export const listen = defineStep({
  kind: "listen",
  docs: "Waits durably for an event whose declared fields equal `correlate`; an event that came early is found too, for a day or as long as the longest `within`. A replay goes by the same window: it finds what came lately, and not the answer of last month. The result is the event's data.",
  example:
    '- listen: { event: billing.subscription.activated, correlate: { orderId: "$steps.order.id" }, within: 10m }\n  id: activated\n  lane: hold\n  on-timeout: [ { fail: { class: business, code: activation-late } } ]\n',
  argument: object(
    {
      event: reference("event", "Event name."),
      correlate: record(
        expression("Value it must equal."),
        "Fields that the event's contract declares under `correlate`.",
      ),
      where: optional(expression("Narrows further; `$event` is the event.", ["event"])),
      within: span("How long to wait."),
      newer: optional(
        boolean(
          "Only events that came after this run's own message; otherwise earlier ones are found, too.",
        ),
      ),
      consume: optional(
        boolean("The event is for this run only; otherwise every listener gets it."),
      ),
    },
    "What to wait for.",
  ),
  beside: whenLate,
  behaviour: {
    advance: (step, context) =>
      durableWait(step, context, {
        within: step.argument.within,
        open: () => {
          const correlate: Record<string, string> = {};
          for (const [field, value] of Object.entries(step.argument.correlate)) {
            correlate[field] = textOf(context.evaluate(value));
          }
          const { event, within, consume } = step.argument;
          const until = context.now + within;
          const { path } = context;
          context.listen({ path, event, correlate, until, consume: consume === true });
          context.history("listening", { event, correlate, until });
        },
        answer: (event) => {
          if (event.kind !== "matched") return undefined;
          const { newer, where } = step.argument;
          if (newer === true && !isNewer(event.message, context.run.message)) return undefined;
          const taken =
            where === undefined || holds(where, context, { event: messageView(event.message) });
          return taken ? event.message.data : undefined;
        },
      }),
    cancel: (step, context) => dropWait(step, context),
    blocks: (step) => timeoutBlock(step),
  },
});
