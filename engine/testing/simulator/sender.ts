import type { VirtualClock } from "../virtual-clock.ts";
import type { Life } from "./life.ts";
import { noteAdded, receivedOf, type Told } from "./story.ts";
import type { Trace } from "./trace.ts";
import type { Weather } from "./weather.ts";

/** What the sources know of one event's delivery. */
export interface Sending {
  readonly told: Told;
  /** The source never tells of it: it must be asked. */
  readonly isLost?: true;
  firstSentAt?: number;
  /** When a 2xx left the engine first. */
  acceptedAt?: number;
  messageId?: string;
  /** It was answered as a repetition of what was let go of since. */
  isOfGone?: true;
}

/** Notes are few. */
const lossWeight = 5;
const retryMs = [3_000, 8_000, 20_000, 60_000];

interface SenderParts {
  readonly clock: VirtualClock;
  readonly weather: Weather;
  readonly trace: Trace;
  readonly life: () => Life;
  /** True for a message that was let go of: whoever tells of it again learns of no id. */
  readonly isGone: (messageId: string) => boolean;
  readonly isOfGone: (messageId: string) => boolean;
}

/** The sources: each event is sent until it is acknowledged, perhaps twice, perhaps late. */
export class Sender {
  readonly sendings: Sending[] = [];
  readonly wrong: string[] = [];
  readonly #parts: SenderParts;

  constructor(parts: SenderParts) {
    this.#parts = parts;
  }

  tell(told: Told): void {
    const { trace, weather } = this.#parts;
    // Notes alone can be asked for, by a check that compares their age with the machine's clock.
    const mayBeLost = told.received.type === noteAdded && !weather.setsClock;
    if (weather.strikes("lost-webhook", lossWeight) && mayBeLost) {
      this.sendings.push({ told, isLost: true });
      trace.add("source", `never tells of ${told.received.dedupeKey}`);
      return;
    }
    const sending: Sending = { told };
    this.sendings.push(sending);
    const lateMs = weather.strikes("disorder", 2) ? weather.luck("disorder").below(45_000) : 0;
    this.#later(told.at + lateMs, sending, 0);
    if (weather.strikes("duplicate-webhook", 2)) {
      this.#later(told.at + lateMs + weather.luck("duplicate-webhook").below(600_000), sending, 0);
    }
  }

  /** The subscription of an order is active; billing says so soon, perhaps before it answers. */
  activated(orderId: string): void {
    const received = receivedOf("billing.subscription.activated", `e-${orderId}-active`, {
      orderId,
    });
    if (this.sendings.some(({ told }) => told.received.dedupeKey === received.dedupeKey)) return;
    this.tell({ at: 0, received, lane: `activation ${orderId}` });
  }

  #later(ms: number, sending: Sending, attempt: number): void {
    const { clock } = this.#parts;
    clock.schedule(clock.now() + ms, () => void this.#send(sending, attempt));
  }

  async #send(sending: Sending, attempt: number): Promise<void> {
    const { clock, trace, weather } = this.#parts;
    const life = this.#parts.life();
    const { received } = sending.told;
    sending.firstSentAt ??= clock.now();
    const answer = life.isDead
      ? undefined
      : await Promise.race([life.engine.receive(received), life.death.then(() => undefined)]);
    const again = (): void =>
      this.#later(retryMs[Math.min(attempt, retryMs.length - 1)] ?? 0, sending, attempt + 1);
    if (answer === undefined || life.isDead) return again();
    trace.add(
      "source",
      `${received.type} ${received.dedupeKey} -> ${answer.outcome === "refused" ? `refused (${answer.reason})` : `${answer.outcome} ${answer.messageId}`}`,
    );
    if (answer.outcome === "refused") return again();
    const known = sending.messageId;
    const isAnother = known !== undefined && known !== answer.messageId;
    if (isAnother && (answer.outcome !== "duplicate" || !this.#parts.isGone(known))) {
      this.wrong.push(
        `${received.dedupeKey} was answered with ${known}, and again with ${answer.messageId}`,
      );
    }
    if (answer.outcome === "duplicate" && this.#parts.isOfGone(answer.messageId))
      sending.isOfGone = true;
    sending.messageId ??= answer.messageId;
    sending.acceptedAt ??= clock.now();
    if (weather.strikes("lost-acknowledgement", 2)) again();
  }
}
