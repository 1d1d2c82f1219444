import type * as FileSystem from "node:fs";
import { expect, test, vi } from "vitest";
import { texts } from "./world/texts.ts";
import { made, World } from "./world/world.ts";

const minuteMs = 60_000;
const mebibyte = 1_048_576;

/** What the disk of the store says of itself. */
const disk = vi.hoisted(() => ({ free: 5_000 * 1_048_576, size: 8_000 * 1_048_576 }));

vi.mock("node:fs", async (original) => ({
  ...(await original<typeof FileSystem>()),
  statfsSync: () => ({ bavail: disk.free, blocks: disk.size, bsize: 1 }),
}));

const told = () => {
  const files = texts();
  const team = "teams: { ops: { contact: ops@example.com } }";
  const notify = `teams: { ops: { contact: ops@example.com, notify: [{ webhook: "\${ $env.PARTNERS_URL & '/hook' }", from: low }] } }`;
  return { ...files, "sluice.yaml": (files["sluice.yaml"] ?? "").replace(team, notify) };
};

interface Shown {
  readonly step: string;
  readonly what: string;
  readonly title: string;
  readonly [member: string]: unknown;
}

test("a disk that fills up is in the status, a critical issue and a notice, until there is room", async () => {
  const world = await World.open({ files: told() });
  const status = async () =>
    (await (await world.admin("GET", "/status")).json()) as {
      readonly store: { readonly warnings: readonly { readonly what: string }[] };
    };
  const issues = async () =>
    ((await (await world.admin("GET", "/issues?status=any")).json()) as { items: readonly Shown[] })
      .items;
  const heard = () =>
    world.partners
      .to("hook")
      .flatMap(({ body }) => (body["data"] as { issues: readonly Shown[] }).issues)
      .map(({ what, step }) => `${what} ${step}`);
  await world.advance(10 * minuteMs);
  expect((await status()).store.warnings).toEqual([]);
  disk.free = 300 * mebibyte;
  await world.advance(6 * minuteMs);
  expect((await status()).store.warnings).toMatchObject([{ what: "disk-low" }]);
  expect(await issues()).toMatchObject([
    {
      kind: "incident",
      step: "store disk-low",
      status: "open",
      category: "critical",
      title: expect.stringContaining("has 300 MiB left of 8000 MiB") as string,
    },
  ]);
  expect(heard()).toEqual(["opened store disk-low"]);
  expect(await world.metrics()).toMatch(/^sluice_store_warnings 1$/m);
  // Work goes on meanwhile.
  await world.tell(made("1"));
  expect(await world.statuses()).toEqual({ done: 1 });
  disk.free = 5_000 * mebibyte;
  await world.advance(6 * minuteMs);
  expect(await issues()).toMatchObject([{ step: "store disk-low", status: "resolved" }]);
  expect(heard()).toEqual(["opened store disk-low", "resolved store disk-low"]);
});
