import type { FailureClass } from "../errors/failure.ts";
import type { Instant } from "../model/json.ts";

/** What may be wrong beside the records: with a partner, the workspace, or the engine's own disk. */
export type IncidentKind = "circuit" | "session" | "gap" | "reload" | "store" | "clock";

/** Something that is wrong now, whatever records it meets. */
export interface Incident {
  readonly kind: IncidentKind;
  /** The adapter, the webhook, or what of the engine; with the kind, it is one issue. */
  readonly target: string;
  /** What is wrong, in one line. */
  readonly title: string;
  readonly class: FailureClass;
  readonly system?: string;
  readonly team?: string;
  /** When it last happened anew, where that can be told: a later time counts once more. */
  readonly at?: Instant;
}

/** All that is wrong now, as far as anybody can tell. */
export interface Incidents {
  readonly open: readonly Incident[];
  /** False while nobody can say whether it is over, as after a start: it stays open. */
  readonly isKnown: (kind: string, target: string) => boolean;
}
