import type { Agenda } from "./agenda.ts";
import type { Faults } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import type { Random } from "./random.ts";
import type { WebhookSender } from "./webhooks.ts";

/** What every partner is given. */
export interface World {
  readonly agenda: Agenda;
  readonly ledger: Ledger;
  readonly faults: Faults;
  readonly random: Random;
  readonly webhooks: WebhookSender;
}

/** Times of the partners' own habits, in milliseconds; short, so that a demo is quick. */
export interface Habits {
  /** From a confirmed ERP order to its approval. */
  readonly approvalMs: number;
  /** From a new subscription to `active`. */
  readonly activationMs: number;
  /** From a draft invoice that advances by itself to its finalising. */
  readonly finalizeMs: number;
  readonly crmTokenMs: number;
  readonly erpSessionIdleMs: number;
  readonly idempotencyKeepMs: number;
  /** Records of one CRM query page. */
  readonly crmPageSize: number;
  /** Waits before each further try of a webhook that was not taken. */
  readonly webhookRetryMs: readonly number[];
}

export const usualHabits: Habits = {
  approvalMs: 200,
  activationMs: 300,
  finalizeMs: 3_600_000,
  crmTokenMs: 7_200_000,
  erpSessionIdleMs: 900_000,
  idempotencyKeepMs: 86_400_000,
  crmPageSize: 200,
  webhookRetryMs: [250, 1_000, 5_000, 15_000, 60_000, 300_000],
};
