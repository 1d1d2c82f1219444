import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { openReader } from "../../../engine/store/sqlite/index.ts";
import type { LogSync } from "../../../engine/store/sqlite/log-sync.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { streamOf } from "../../../engine/testing/estate/random.ts";
import { Fixture, start } from "../../contracts/store-fixture.ts";
import { temporaryPath } from "./sqlite-fixture.ts";

const blockBytes = 4_096;

/** A write-ahead log whose disk keeps what was synced, and of what came later any blocks, as disks do. */
class Disk implements LogSync {
  readonly #path: string;
  readonly #log: LogSync;
  #kept = Buffer.alloc(0);

  constructor(path: string, log: LogSync) {
    this.#path = `${path}-wal`;
    this.#log = log;
    this.#kept = readFileSync(this.#path);
  }

  get isDue(): boolean {
    return this.#log.isDue;
  }

  async sync(): Promise<void> {
    const now = readFileSync(this.#path);
    await this.#log.sync();
    this.#kept = now;
  }

  /** The log as it is found once the power is back. */
  afterFailure(chance: () => number): Buffer {
    const now = readFileSync(this.#path);
    const found = Buffer.alloc(now.length);
    for (let from = 0; from < now.length; from += blockBytes) {
      const block = chance() < 0.5 ? now : this.#kept;
      block.copy(found, from, from, Math.min(from + blockBytes, block.length));
    }
    return found;
  }
}

const seed = Number(process.env["SLUICE_SEED"] ?? Date.now() % 2 ** 31);

test.each([0, 1, 2, 3, 4, 5, 6, 7])(
  "what was promised is there after a power failure (%i)",
  async (which) => {
    const random = streamOf(seed + which, "power");
    const again = `SLUICE_SEED=${seed} npx vitest run test/engine/store/power.test.ts`;
    const path = temporaryPath();
    const connection = connect(path);
    const { log } = connection;
    if (log === undefined) throw new Error("no log to sync");
    const disk = new Disk(path, log);
    const store = new SqliteStore({ ...connection, log: disk });
    onTestFinished(() => store.close());
    const make = new Fixture();
    const promised: string[] = [];
    const asked: Promise<unknown>[] = [];
    const failsAfter = 20 + Math.floor(random.next() * 60);
    while (promised.length < failsAfter) {
      for (let many = 1 + Math.floor(random.next() * 6); many > 0; many -= 1) {
        const message = make.message();
        const intake = make.intake({ message, runs: [make.run()] });
        asked.push(store.accept(intake, start).then(() => promised.push(message.id)));
      }
      await turn();
    }
    const after = temporaryPath();
    // The log was not copied back meanwhile, so that the file is as it was at first.
    copyFileSync(path, after);
    writeFileSync(
      `${after}-wal`,
      disk.afterFailure(() => random.next()),
    );
    const there = [...promised];
    const reader = openReader(after);
    onTestFinished(() => reader.close());
    for (const id of there) expect(await reader.message(id), `${id}; ${again}`).toBeDefined();
    await Promise.all(asked);
  },
);
