import type { Masks } from "../../ports/masks.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import type { Instant, Json } from "../../model/json.ts";
import type { Generation, SchemaBreach } from "../../model/plan/generation.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Ids } from "../../ports/ids.ts";
import type { Log } from "../../ports/log.ts";
import type { Secrets } from "../../ports/secrets.ts";
import type { AuditEntry } from "../../ports/store.ts";
import type { StoreReader } from "../../ports/store-reader.ts";
import type {
  EnginePort,
  InsightPort,
  ReplayPort,
  RetentionPort,
  ClockView,
  StoreView,
} from "./engine-port.ts";
import type { Meter } from "./meter.ts";
import type { KeySet } from "./signed-request.ts";

/** What the server needs, and where it listens. */
export interface ServerOptions {
  readonly engine: EnginePort;
  /** The store's reading half, and its audit trail. */
  readonly read: StoreReader;
  /** Hides what is personal in what is shown; nothing is shown unmasked without an audit row. */
  readonly masks: Masks;
  /** Issues, where somebody keeps them. */
  readonly insight?: InsightPort;
  /** Counts and times; its own unless told. */
  readonly meter?: Meter;
  /** Replay jobs, where somebody runs them. */
  readonly replays?: ReplayPort;
  /** What is over, where somebody lets go of it. */
  readonly retention?: RetentionPort;
  /** How large the store is, and how much room it has. */
  readonly store?: () => StoreView;
  /** Whether the machine's clock was set, and how far off the partners' are. */
  readonly clocks?: () => ClockView;
  readonly audit: (entry: AuditEntry, now: Instant) => Promise<void>;
  /**
   * Checks a query parameter against its own JSON Schema. Without it parameters are converted to
   * their `type` and compared with their `enum`, no more.
   */
  readonly checkParameter?: (schema: Json, value: Json) => readonly SchemaBreach[];
  readonly secrets: Secrets;
  /** Public keys of partners that sign tokens, from the address that an adapter names. */
  readonly keySet?: (url: string, generation: Generation, fresh: boolean) => Promise<KeySet>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  /** Findings of the last reload that was refused; none when the workspace on disk is running. */
  readonly findings?: () => readonly Diagnostic[];
  /** How long headers and the whole request may take, in milliseconds; 10 s and 30 s unless told. */
  readonly patience?: { readonly headersMs: number; readonly requestMs: number };
  /** `server.host` of the workspace, or 127.0.0.1, unless told. */
  readonly host?: string;
  /** `server.port` of the workspace, or 8080, unless told; 0 for any free one. */
  readonly port?: number;
}
