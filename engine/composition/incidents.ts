import type { LogIn } from "../channels/http-out/index.ts";
import type { ClockView, StoreView } from "../governance/index.ts";
import type { Incident, Incidents } from "../insight/index.ts";
import type { Instant } from "../model/json.ts";
import type { Generation } from "../model/plan/generation.ts";
import type { Clock } from "../ports/clock.ts";
import type { ReloadStatus } from "../runtime/index.ts";
import type { EngineStatus } from "../runtime/status.ts";

/** A log-in that fails for so long is an incident: one failure may be a hiccup. */
const failingMs = 60_000;

/** What a gap check says. */
interface Checked {
  readonly adapter: string;
  readonly webhook: string;
  readonly missed: number;
}

/** What the incidents are seen by. */
interface Sources {
  readonly clock: Clock;
  readonly generation: () => Generation;
  readonly status: () => Pick<EngineStatus, "adapters">;
  readonly logIns: () => readonly LogIn[];
  readonly reload: () => ReloadStatus | undefined;
  readonly store: () => StoreView;
  readonly clocks: () => ClockView;
  /** Something may be wrong, or right again. */
  readonly changed: () => void;
}

/** Sees what is wrong beside the records of flows: with partners, the workspace, and the store's disk. */
export class IncidentSight {
  readonly #sources: Sources;
  /** What each webhook's last gap check said, since the start. */
  readonly #gaps = new Map<string, { readonly missed: number; readonly at: Instant }>();

  #cancel: (() => void) | undefined;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** Log-ins of an adapter begin to fail, or are granted again. */
  logInChanged(): void {
    this.#sources.changed();
    this.#arm();
  }

  stop(): void {
    this.#cancel?.();
  }

  /** Looks again when the log-in that has failed longest has done so for long. */
  #arm(): void {
    const { clock, logIns, changed } = this.#sources;
    const now = clock.now();
    const dues = logIns()
      .map(({ failing }) => (failing?.since ?? -Infinity) + failingMs)
      .filter((due) => due > now);
    if (this.#cancel !== undefined || dues.length === 0) return;
    this.#cancel = clock.schedule(Math.min(...dues), () => {
      this.#cancel = undefined;
      changed();
      this.#arm();
    });
  }

  /** A gap check came to its end. */
  checked({ adapter, webhook, missed }: Checked): void {
    const at = this.#sources.clock.now();
    this.#gaps.set(`${adapter}.${webhook}`, { missed, at });
    this.#sources.changed();
  }

  /** All that is wrong now. */
  look(): Incidents {
    const { generation, logIns } = this.#sources;
    const { adapters } = generation();
    const triedLogIns = new Set(logIns().map(({ adapter }) => adapter));
    return {
      open: [
        ...this.#circuits(),
        ...this.#sessions(),
        ...this.#missed(),
        ...this.#reload(),
        ...this.#disk(),
        ...this.#clocks(),
      ],
      isKnown: (kind, target) => {
        if (kind === "session") return triedLogIns.has(target) || !adapters.has(target);
        // A file that vanished may be on its way back.
        if (kind === "reload") return this.#sources.reload()?.state !== "pending";
        if (kind === "gap") return this.#gaps.has(target) || !hasGapCheck(generation(), target);
        return true;
      },
    };
  }

  #circuits(): readonly Incident[] {
    const { adapters } = this.#sources.status();
    return adapters.flatMap(({ adapter, circuit }): Incident[] =>
      circuit === "closed"
        ? []
        : [
            {
              kind: "circuit",
              target: adapter,
              title: `the circuit of ${adapter} is open: it failed several times in a row, and requests wait`,
              class: "transient",
              ...this.#of(adapter),
            },
          ],
    );
  }

  #sessions(): readonly Incident[] {
    const { logIns, clock } = this.#sources;
    return logIns().flatMap(({ adapter, failing }): Incident[] =>
      failing === undefined || clock.now() - failing.since < failingMs
        ? []
        : [
            {
              kind: "session",
              target: adapter,
              title: `${adapter} takes no log-in since ${minute(failing.since)}: ${failing.reason}`,
              class: "auth",
              at: failing.since,
              ...this.#of(adapter),
            },
          ],
    );
  }

  #missed(): readonly Incident[] {
    return [...this.#gaps].flatMap(([target, { missed, at }]): Incident[] => {
      const [adapter = ""] = target.split(".");
      const messages = missed === 1 ? "a message" : `${missed} messages`;
      const title = `the webhook ${target} missed ${messages}: the gap check brought ${missed === 1 ? "it" : "them"}`;
      const of = this.#of(adapter);
      return missed === 0 ? [] : [{ kind: "gap", target, title, class: "transient", at, ...of }];
    });
  }

  #reload(): readonly Incident[] {
    const found = this.#sources.reload();
    if (found === undefined || found.state !== "refused") return [];
    const first = found.findings.find(({ severity }) => severity === "error");
    const place = first && `${first.at.file}:${first.at.line}:${first.at.column}: ${first.message}`;
    return [
      {
        kind: "reload",
        target: "workspace",
        title: `the changed workspace was refused${place === undefined ? "" : `: ${place}`}`,
        class: "invalid",
        at: found.since,
        ...this.#ours(),
      },
    ];
  }

  #disk(): readonly Incident[] {
    const { store } = this.#sources;
    return store().warnings.map(({ what, message }) => ({
      kind: "store",
      target: what,
      title: message,
      class: "transient",
      ...this.#ours(),
    }));
  }

  #clocks(): readonly Incident[] {
    return this.#sources.clocks().warnings.map(({ what, message, at }) => ({
      kind: "clock",
      target: what,
      title: message,
      class: "transient",
      ...(at === undefined ? {} : { at }),
      ...(what === "machine" ? this.#ours() : this.#of(what)),
    }));
  }

  /** Who answers for an adapter: its owner, or that of a system it plays. */
  #of(adapter: string): Pick<Incident, "system" | "team"> {
    const { adapters, systems, workspace } = this.#sources.generation();
    const roles = Object.entries(workspace.systems).flatMap(([role, plays]) => {
      const played =
        typeof plays === "string"
          ? [plays]
          : [plays.adapter, ...Object.values(plays.regions ?? {})];
      return played.includes(adapter) ? [role] : [];
    });
    const [system] = roles;
    const own = adapters.get(adapter)?.owner ?? roles.map((role) => systems.get(role)?.owner)[0];
    return {
      ...(system === undefined ? {} : { system }),
      ...(own === undefined ? this.#ours() : { team: own }),
    };
  }

  /** The first team of the workspace answers for the engine itself. */
  #ours(): Pick<Incident, "team"> {
    const [team] = Object.keys(this.#sources.generation().workspace.teams);
    return team === undefined ? {} : { team };
  }
}

function hasGapCheck({ adapters }: Generation, target: string): boolean {
  const [name = "", webhook] = target.split(".");
  const polls = Object.values(adapters.get(name)?.polls ?? {});
  return polls.some(({ gapCheck }) => gapCheck?.webhook === webhook);
}

function minute(at: Instant): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
