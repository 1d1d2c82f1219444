import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { messagesOfFlow } from "../../../engine/store/sqlite/messages-of-flow.ts";
import { Queries, type Values } from "../../../engine/store/sqlite/queries.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { random } from "../../random.ts";
import { Fixture, hour, start } from "../../contracts/store-fixture.ts";

/** Messages looked at at once here. */
const page = 7;

/** Says what is asked of the store. */
class Counted extends Queries {
  lists = 0;

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as the class says
  override all<Row>(name: string, values?: Values): readonly Row[] {
    if (name.startsWith("message-list")) this.lists += 1;
    return super.all<Row>(name, values);
  }
}

interface Given {
  readonly receivedAt: number;
  readonly takenAt: number;
  readonly flow: string;
}

async function filled(messages: readonly Given[]): Promise<Counted> {
  const connection = connect(":memory:");
  const store = new SqliteStore(connection);
  onTestFinished(() => store.close());
  const make = new Fixture();
  await Promise.all(
    messages.map(({ receivedAt, takenAt, flow }) => {
      const intake = {
        message: make.message({ receivedAt }),
        runs: [make.run({ flow, laneKey: null })],
      };
      return store.accept(make.intake(intake), takenAt);
    }),
  );
  return new Counted(connection.database);
}

const all = { since: 0, until: Number.MAX_SAFE_INTEGER, limit: 50 };

describe("messages of a flow", () => {
  test.each([1, 2, 3, Number(process.env["SEED"] ?? Date.now() % 1_000_000)])(
    "seed %i: they are those of the whole list, in its order",
    async (seed) => {
      const roll = random(seed);
      const flows = ["orders", "invoices", "seldom"];
      let at = start;
      let now = start;
      let chance = [0.5, 0.4, 0.1];
      const messages = Array.from({ length: 400 }, () => {
        // Bursts, pauses of hours, and flows that come and go.
        if (roll() < 0.05) {
          at += Math.floor(roll() * 3 * hour);
          chance = [roll(), roll() < 0.5 ? 0 : roll(), roll() < 0.7 ? 0 : roll()];
        }
        at += roll() < 0.5 ? 0 : Math.floor(roll() * 5000);
        now = Math.max(now, at + Math.floor(roll() * 500_000));
        const lot = roll() * chance.reduce((sum, each) => sum + each, 0);
        const flow = lot < (chance[0] ?? 0) ? 0 : lot < (chance[0] ?? 0) + (chance[1] ?? 0) ? 1 : 2;
        return {
          receivedAt: at,
          takenAt: Math.min(now, at + 600_000),
          flow: flows[flow] ?? "",
        };
      });
      const query = await filled(messages);
      const placed = (from: number): number => Math.floor(from + roll() * (at - start));
      for (let round = 0; round < 60; round += 1) {
        const filter = {
          flow: flows[round % 3] ?? "",
          since: roll() < 0.5 ? 0 : placed(start),
          until: roll() < 0.5 ? all.until : placed(start),
          limit: 1 + Math.floor(roll() * 60),
        };
        const whole = query.all("message-list", filter);
        const said = `seed ${seed}, ${JSON.stringify(filter)}: SEED=${seed} npx vitest run test/engine/store/messages-of-flow.test.ts`;
        expect(messagesOfFlow(query, filter, page), said).toEqual(whole);
        const type = { ...filter, type: "crm.opportunity.won" };
        expect(messagesOfFlow(query, type, page), said).toEqual(whole);
        expect(messagesOfFlow(query, { ...filter, type: "other" }, page), said).toEqual([]);
      }
    },
  );

  test("what lies between two runs that are far apart is not read", async () => {
    const often = Array.from({ length: 1000 }, (_, number) => {
      const receivedAt = start + number * 60_000;
      return { receivedAt, takenAt: receivedAt, flow: "orders" };
    });
    const seldom = [10, 700].map((number) => {
      const receivedAt = start + number * 60_000;
      return { receivedAt, takenAt: receivedAt + 5, flow: "seldom" };
    });
    const query = await filled([...often, ...seldom]);
    expect(messagesOfFlow(query, { ...all, flow: "no-such" }, page)).toEqual([]);
    expect(query.lists).toBe(0);
    expect(messagesOfFlow(query, { ...all, flow: "seldom" }, page)).toHaveLength(2);
    // Of 143 pages.
    expect(query.lists).toBeLessThan(10);
    query.lists = 0;
    expect(messagesOfFlow(query, { ...all, flow: "orders", limit: 3 }, page)).toHaveLength(3);
    expect(query.lists).toBe(1);
  });
});
