/**
 * Ledger and CRM in a process of its own, that outlives the engine: they book whatever they are asked
 * to, as often as they are asked, in a SQLite file that anyone may count. Arguments: file, seed, the
 * chance of a fault. Tells its parent its address, and on any message what it did.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import Database from "better-sqlite3";
import { seeded } from "../deal-plan.ts";

/** What it tells its parent. */
export interface PartnerReport {
  readonly bookings: number;
  readonly notes: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Most requests that came to one of the two within a second. */
  readonly fullestSecond: number;
}

const [, , path = "", seed = "1", chance = "0"] = process.argv;
const random = seeded(Number(seed) ^ 0xfa117);
const database = new Database(path);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = OFF");
database.exec(`
CREATE TABLE booking (no INTEGER PRIMARY KEY, ref TEXT, account TEXT, number INTEGER, amount TEXT);
CREATE TABLE note (no INTEGER PRIMARY KEY, ref TEXT, account TEXT, number INTEGER, amount TEXT);
CREATE INDEX booking_ref ON booking (ref);
CREATE TABLE known (key TEXT PRIMARY KEY, answer TEXT NOT NULL)`);
const columns = "(ref, account, number, amount) VALUES (:ref, :account, :number, :amount)";
const book = database.prepare(`INSERT INTO booking ${columns}`);
const note = database.prepare(`INSERT INTO note ${columns}`);
const find = database.prepare("SELECT no, ref FROM booking WHERE ref = ?");
const answerOf = database
  .prepare<[string], string>("SELECT answer FROM known WHERE key = ?")
  .pluck();
const know = database.prepare("INSERT INTO known VALUES (?, ?)");

const common = [
  "dropped before it was booked",
  "dropped after it was booked",
  "500 after it was booked",
  "502 after it was booked",
  "503",
  "answered after half a second",
] as const;
type Kind = (typeof common)[number] | "429" | "never answered";
const storms = "429 in a storm";

const counts = { bookings: 0, notes: 0 };
const faults: Record<string, number> = {};
let stormUntil = 0;

/** Arrivals of the last second, oldest first. */
class Second {
  fullest = 0;
  #arrivals: number[] = [];

  arrive(): void {
    const now = performance.now();
    this.#arrivals.push(now);
    while (now - (this.#arrivals[0] ?? now) >= 1_000) this.#arrivals.shift();
    this.fullest = Math.max(this.fullest, this.#arrivals.length);
  }
}
const seconds = { bookings: new Second(), notes: new Second() };

function faultNow(): Kind | undefined {
  if (random() >= Number(chance)) return undefined;
  if (random() < 0.01) stormUntil = performance.now() + 1_500;
  // These hold up a lane for seconds, and all lanes for one: often, nothing else would happen.
  if (random() < 0.02) return "never answered";
  if (random() < 0.02) return "429";
  return common[Math.floor(random() * common.length)];
}

function serve(request: IncomingMessage, response: ServerResponse, text: string): void {
  const url = new URL(request.url ?? "/", "http://partner");
  const isNote = url.pathname === "/notes";
  (isNote ? seconds.notes : seconds.bookings).arrive();
  const send = (status: number, body: unknown, headers = {}): void => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  };
  const busy = (): void => send(429, { error: "slow down" }, { "retry-after": "1" });
  if (performance.now() < stormUntil) {
    count(storms);
    return busy();
  }
  const kind = faultNow();
  if (kind !== undefined) count(kind);
  if (kind === "dropped before it was booked") return void request.socket.destroy();
  if (kind === "503") return send(503, { error: "maintenance" });
  if (kind === "429") return busy();
  const answer = done(request, url, text);
  switch (kind) {
    case "dropped after it was booked":
      return void request.socket.destroy();
    case "500 after it was booked":
      return send(500, { error: "we fell over, afterwards" });
    case "502 after it was booked":
      return send(502, { error: "bad gateway" });
    case "answered after half a second":
      // The time it takes is the fault itself: nobody waits for it to pass.
      setTimeout(() => send(200, answer), 500);
      return;
    case "never answered":
      return;
    case undefined:
      return send(200, answer);
  }
}

/** Books and notes refuse nothing twice; a note's key is remembered with its answer. */
function done(request: IncomingMessage, url: URL, text: string): unknown {
  if (request.method === "GET") return { items: find.all(url.searchParams.get("ref")) };
  const body = JSON.parse(text) as Readonly<Record<string, string | number>>;
  if (url.pathname === "/bookings") {
    counts.bookings += 1;
    return { no: Number(book.run(body).lastInsertRowid) };
  }
  const key = String(request.headers["idempotency-key"] ?? "");
  const known = answerOf.get(key);
  if (known !== undefined) return JSON.parse(known);
  counts.notes += 1;
  const answer = { no: Number(note.run(body).lastInsertRowid) };
  know.run(key, JSON.stringify(answer));
  return answer;
}

function count(kind: string): void {
  faults[kind] = (faults[kind] ?? 0) + 1;
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => serve(request, response, Buffer.concat(chunks).toString()));
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
process.on("message", () => {
  const fullestSecond = Math.max(seconds.bookings.fullest, seconds.notes.fullest);
  const report: PartnerReport = { ...counts, faults, fullestSecond };
  process.send?.({ report });
});
process.on("disconnect", () => {
  database.close();
  process.exit();
});
