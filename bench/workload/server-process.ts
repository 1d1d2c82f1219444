import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { restateBinary } from "./peer-package.ts";

/** The engine or database behind a variant, in processes of its own. */
export interface Server {
  /** What the variant's own process must know. */
  readonly env: Readonly<Record<string, string>>;
  /** Where events are posted, when not to the variant's own process. */
  readonly url?: string;
  /** Tells the engine where the variant's own process answers. */
  register?(url: string): Promise<void>;
  /** User and system time of all its processes, in milliseconds. */
  cpuMs(): number;
  /** Where its data lies, if its size says anything. */
  readonly data?: string;
  stop(): Promise<void>;
}

const postgresBin = process.env["PGBIN"] ?? "/usr/lib/postgresql/15/bin";
/** Of the kernel's clock, on every Linux that matters. */
const msPerTick = 10;

/** Why a server cannot be started here; undefined when it can. */
export function missing(server: "postgres" | "restate"): string | undefined {
  if (server === "restate") {
    return existsSync(restateBinary()) ? undefined : `no Restate for ${process.platform}`;
  }
  if (existsSync(join(postgresBin, "initdb"))) return undefined;
  return `no PostgreSQL in ${postgresBin} (apt-get install postgresql; PGBIN names another folder)`;
}

/** A fresh PostgreSQL in the folder; started as `postgres` where we are root, which it refuses. */
export async function startPostgres(folder: string): Promise<Server> {
  const data = join(folder, "postgres");
  const port = await freePort();
  const as = process.getuid?.() === 0 ? userIds("postgres") : undefined;
  mkdirSync(data);
  if (as !== undefined) for (const path of [folder, data]) chownSync(path, as.uid, as.gid);
  const own = { ...as, cwd: "/", stdio: "ignore" as const };
  const made = ["-D", data, "-U", "bench", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"];
  execFileSync(join(postgresBin, "initdb"), made, own);
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    fsync: "on",
    synchronous_commit: "on",
    full_page_writes: "on",
    shared_buffers: "512MB",
    max_wal_size: "4GB",
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(join(postgresBin, "postgres"), ["-D", data, ...options], own);
  const database = `postgres://bench@127.0.0.1:${port}/postgres`;
  await untilReady(() => {
    execFileSync(join(postgresBin, "psql"), ["-qc", "SELECT 1", database], { stdio: "ignore" });
  });
  return {
    env: { DATABASE_URL: database },
    cpuMs: () => cpuOf(child.pid ?? 0),
    data: join(data, "base"),
    // A fast shutdown: it waits for nobody.
    stop: () => ended(child, "SIGINT"),
  };
}

/** A fresh Restate server of two partitions in the folder. */
export async function startRestate(folder: string): Promise<Server> {
  const [ingress, admin, node] = await Promise.all([freePort(), freePort(), freePort()]);
  const file = join(folder, "restate.toml");
  const text = `base-dir = "${join(folder, "restate")}"
node-name = "one"
cluster-name = "bench"
disable-telemetry = true
log-filter = "warn"
auto-provision = true
default-num-partitions = 2
listen-mode = "tcp"
bind-address = "127.0.0.1:${node}"
advertised-address = "http://127.0.0.1:${node}/"
[ingress]
bind-address = "127.0.0.1:${ingress}"
[admin]
bind-address = "127.0.0.1:${admin}"
`;
  writeFileSync(file, text);
  const child = spawn(restateBinary(), ["--config-file", file], { stdio: "ignore" });
  const ask = async (url: string, body?: object): Promise<void> => {
    const json = { method: "POST", headers: { "content-type": "application/json" } };
    const answer = await fetch(
      url,
      body === undefined ? {} : { ...json, body: JSON.stringify(body) },
    );
    if (!answer.ok) throw new Error(`Restate answered ${answer.status}: ${await answer.text()}`);
  };
  await untilReady(() => ask(`http://127.0.0.1:${ingress}/restate/health`));
  return {
    env: {},
    url: `http://127.0.0.1:${ingress}/DealToOrder/handle/send`,
    register: (uri) => untilReady(() => ask(`http://127.0.0.1:${admin}/deployments`, { uri })),
    cpuMs: () => cpuOf(child.pid ?? 0),
    stop: () => ended(child, "SIGTERM"),
  };
}

async function untilReady(look: () => Promise<void> | void): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await look();
      return;
    } catch (error) {
      if (attempt > 150) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill(signal);
  await exit;
}

function userIds(name: string): Readonly<Record<"uid" | "gid", number>> | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((each) => each.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** A process with its children, those that ended among them. */
function cpuOf(pid: number): number {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  let ticks = 0;
  for (const name of all) {
    const fields = statOf(name);
    if (Number(name) !== pid && Number(fields[1]) !== pid) continue;
    const times = Number(name) === pid ? fields.slice(11, 15) : fields.slice(11, 13);
    ticks += times.reduce((sum, time) => sum + Number(time), 0);
  }
  return ticks * msPerTick;
}

/** Fields of `/proc/<pid>/stat` after the name, which may hold anything: state first. */
function statOf(pid: string): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  } catch {
    return [];
  }
}
