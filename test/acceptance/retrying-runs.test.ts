import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import type { RunRow } from "../../engine/index.ts";
import { recordingTerminal } from "../cli/recording-terminal.ts";
import { made, World } from "./world/world.ts";

const runs = async (world: World, ...more: readonly string[]): Promise<string> => {
  const terminal = recordingTerminal({ cwd: world.folder, env: {} });
  const code = await main(["runs", ...more, "--store", join(world.folder, "sluice.db")], terminal);
  expect([code, terminal.errors()]).toEqual([0, ""]);
  return terminal.output();
};

test("a run that is tried again says what it met, which attempt is next and when", async () => {
  const world = await World.open();
  world.partners.answer = () => ({ status: 503 });
  await world.tell(made("T-1"));
  await world.advance(12_000);
  const [row] = JSON.parse(await runs(world, "--json")) as readonly RunRow[];
  expect(row).toMatchObject({
    status: "active",
    retrying: {
      path: "steps.erpcreate",
      failures: 2,
      failure: { code: "http-503", class: "transient" },
      // It failed at once and after 10 s, and waits for 20 s.
      nextAt: Date.parse("2026-01-01T00:00:30Z"),
    },
  });
  const why = /attempt 3 at 00:00:30 after http-503: erp\.create was answered 503/;
  expect(await runs(world)).toMatch(why);
  expect(await runs(world, row?.id ?? "")).toMatch(
    /retrying +steps\.erpcreate: attempt 3 at 2026-01-01 00:00:30\S* UTC after erp\.create was answered 503/,
  );
  expect((await (await world.admin("GET", "/runs")).json()) as object).toMatchObject({
    items: [{ retrying: { failures: 2 } }],
  });
});

test("one that was tried again and went through says nothing of it, nor does one that waits for its turn", async () => {
  const world = await World.open();
  world.partners.answer = (_, count) => (count === 1 ? { status: 503 } : {});
  await world.tell(made("T-1"), made("T-2"));
  const [queued, retrying] = await world.serving.store.read.runs({});
  expect([queued?.retrying, retrying?.retrying?.failures]).toEqual([undefined, 1]);
  await world.advance(60_000);
  const done = await world.serving.store.read.runs({});
  expect(done.map((row) => [row.status, row.retrying])).toEqual([
    ["done", undefined],
    ["done", undefined],
  ]);
  expect(await runs(world)).not.toContain("attempt");
});
