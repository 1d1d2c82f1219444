import { peersInstalled } from "./peer-package.ts";
import { missing, type Server, startPostgres, startRestate } from "./server-process.ts";

/** One way to run the workload. */
export interface Variant {
  readonly name: string;
  readonly script: string;
  readonly mapping: "hand" | "jsonata";
  /** Its engine or database; without one, the process itself keeps everything. */
  readonly server?: "postgres" | "restate";
}

const own: readonly Variant[] = [
  { name: "sluice", script: "engine.ts", mapping: "jsonata" },
  { name: "bare SQLite, mapped by hand", script: "bare.ts", mapping: "hand" },
  { name: "bare SQLite, mapped by jsonata", script: "bare.ts", mapping: "jsonata" },
];

const peers: readonly Variant[] = [
  { name: "Restate, 2 partitions", script: "restate.ts", mapping: "jsonata", server: "restate" },
  {
    name: "Restate, mapped by hand",
    script: "restate.ts",
    mapping: "hand",
    server: "restate",
  },
  { name: "DBOS", script: "dbos.ts", mapping: "jsonata", server: "postgres" },
  { name: "graphile-worker", script: "graphile.ts", mapping: "jsonata", server: "postgres" },
];

/** What can be measured here, and one line for each that cannot. */
export function variants(withPeers: boolean): {
  readonly present: readonly Variant[];
  readonly absent: readonly string[];
} {
  if (!withPeers) return { present: own, absent: [] };
  if (!peersInstalled()) {
    return {
      present: own,
      absent: ["no peers: npm ci --prefix bench/peers installs what to measure beside"],
    };
  }
  const reasons = peers.map(({ server }) => (server === undefined ? undefined : missing(server)));
  return {
    present: [...own, ...peers.filter((_, index) => reasons[index] === undefined)],
    absent: peers.flatMap(({ name }, index) => {
      const reason = reasons[index];
      return reason === undefined ? [] : [`no ${name}: ${reason}`];
    }),
  };
}

export function startServer(variant: Variant, folder: string): Promise<Server | undefined> {
  if (variant.server === "postgres") return startPostgres(folder);
  if (variant.server === "restate") return startRestate(folder);
  return Promise.resolve(undefined);
}
