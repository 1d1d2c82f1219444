import { openStore } from "../../../engine/store/sqlite/index.ts";
import { Fixture, hour, start } from "../../contracts/store-fixture.ts";

/**
 * Accepts messages for ever, many at a time, and prints each id when its promise has resolved; the
 * parent kills it in the middle. Run as a process of its own, with the path of the store.
 */
const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("a path is needed");
const store = openStore({ path });
const make = new Fixture();

async function feed(): Promise<void> {
  for (;;) {
    const message = make.message({ dedupeKey: make.id() });
    const run = make.run({ laneKey: null });
    await store.accept(make.intake({ message, runs: [run], dedupeUntil: start + hour }), start);
    process.stdout.write(`${message.id}\n`);
  }
}

await Promise.all(Array.from({ length: 16 }, feed));
