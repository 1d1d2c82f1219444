import type { Store } from "../../../engine/ports/store.ts";
import { openStore } from "../../../engine/store/sqlite/index.ts";
import { Fixture, hour, start } from "../../contracts/store-fixture.ts";

/**
 * Accepts messages and commits a decision for each, for ever and many at a time. It prints what was
 * promised to be on disk: `accepted <message>`, `committed <run>`. The parent kills it in the
 * middle. Run as a process of its own, with the path of the store.
 */
const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("a path is needed");

async function feed(store: Store, make: Fixture): Promise<void> {
  for (;;) {
    const message = make.message({ dedupeKey: make.id() });
    const run = make.run({ laneKey: null });
    await store.accept(make.intake({ message, runs: [run], dedupeUntil: start + hour }), start);
    process.stdout.write(`accepted ${message.id}\n`);
    await store.claim(1, start);
    const emitted = make.intake({ message: make.message({ type: "order.confirmed" }) });
    const commit = make.commit(
      run.id,
      {
        status: "active",
        results: { "steps.a": { n: 1 } },
        history: [{ path: "steps.a", what: "done" }],
        deliveries: [make.delivery()],
        timers: [{ path: "steps.a", name: "timeout", due: start + hour }],
      },
      { intakes: [emitted] },
    );
    const { committed } = await store.commit(commit, start);
    if (committed) process.stdout.write(`committed ${run.id}\n`);
  }
}

const store = openStore({ path });
const make = new Fixture();
await Promise.all(Array.from({ length: 16 }, () => feed(store, make)));
