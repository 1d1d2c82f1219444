import type { Failure } from "../errors/failure.ts";
import type { Incidents } from "./incident.ts";
import type { Template } from "../model/expression.ts";
import type { Json } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Clock } from "../ports/clock.ts";
import type { InsightStore, IssueRow } from "../ports/insight-store.ts";
import type { Log } from "../ports/log.ts";
import type { PromiseStore } from "../ports/promise-store.ts";
import type { Secrets } from "../ports/secrets.ts";
import type { StoreReader } from "../ports/store-reader.ts";

/** What insight is given. */
export interface InsightWorld {
  readonly store: InsightStore;
  readonly promises: PromiseStore;
  readonly read: StoreReader;
  readonly clock: Clock;
  readonly log: Log;
  readonly secrets: Secrets;
  readonly generation: () => Generation;
  /** SHA-256 of a text, hex. */
  readonly digest: (text: string) => string;
  /** Sends a notice; whatever becomes of it is an answer. */
  readonly post: (request: NoticeRequest) => Promise<Posted>;
  /** The URL of a webhook, from environment values; throws where it cannot be made. */
  readonly urlOf: (webhook: Template) => string;
  /** A text that may quote a record, without what is personal of it. */
  readonly words: (flow: string, data: Json, text: string) => string;
  /** The sample of an issue for a notice, personal data masked. */
  readonly sample: (issue: IssueRow) => Promise<Sample>;
  /** What is wrong beside the records, where somebody looks. */
  readonly incidents?: () => Incidents;
  /** Where the admin API answers, for links. */
  readonly baseUrl: () => string;
}

export interface NoticeRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Posted =
  | { readonly kind: "answered"; readonly status: number; readonly retryAt?: number }
  | { readonly kind: "failed"; readonly reason: string }
  /** Our own rules forbid it: another try cannot help. */
  | { readonly kind: "refused"; readonly reason: string };

/** The newest run of an issue, as somebody may see it who is not to see personal data. */
export interface Sample {
  readonly runId: string;
  readonly messageId?: string;
  readonly failure?: Failure;
  /** `flows/process/x.yaml:12:5`, in the generation that it ran on. */
  readonly at?: string;
  readonly payload?: Json;
}
