import { beforeAll, describe, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "../cli/recording-terminal.ts";
import { Business, soon } from "./world/business.ts";
import { ReferenceWorld } from "./world/reference.ts";

/** Whose rights reach certain flows sees and does what is of those, and is told by name what is not. */

/** Beside the reference workspace's own `finance-operator`. */
const deskRole = `roles:
  deal-desk: { rights: [runs.read], flows: [opportunity-to-order] }
`;
const tokens = {
  SLUICE_API_TOKEN_FINANCE_OPERATOR: "token-of-finance-operator",
  SLUICE_API_TOKEN_DEAL_DESK: "token-of-deal-desk",
};

let world: ReferenceWorld;
let account: string;
let invoice: string;
beforeAll(async () => {
  world = await ReferenceWorld.open(
    (path, text) => (path === "sluice.yaml" ? text.replace(/^roles:\n/m, deskRole) : text),
    { env: tokens },
  );
  const sold = await (await Business.of(world)).sold();
  account = sold.deal.accountId;
  invoice = sold.first;
  await world.ended("invoice-publication", invoice);
});

interface Row {
  readonly id: string;
  readonly flow: string;
  readonly messageId: string;
}

async function admin(role: string, path: string, body?: unknown) {
  const response = await fetch(`${world.serving.url}/admin/v1${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer token-of-${role}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Readonly<Record<string, unknown>>;
  return { status: response.status, body: answer, detail: String(answer["detail"]) };
}
const items = async (role: string, path: string) =>
  (await admin(role, path)).body["items"] as readonly Row[];
const ownerOf = (flow: string) => world.serving.engine.generation().flows.get(flow)?.owner;
async function runOf(flow: string): Promise<Row> {
  const [run] = await world.serving.store.read.runs({ flow, limit: 1 });
  if (run === undefined) throw new Error(`no run of ${flow}`);
  return run;
}
const finance = "finance-operator";
const outside =
  'of finance-operator reaches flows of finance-operations, and not the flow "customer-sync" of master-data';

describe("lists", () => {
  test("show what is of the domain, and as much of it as was asked for", async () => {
    const own = await items(finance, "/runs?limit=1000");
    const all = await world.serving.store.read.runs({ limit: 1_000 });
    expect(own.map(({ id }) => id).toSorted()).toEqual(
      all
        .filter(({ flow }) => ownerOf(flow) === "finance-operations")
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(own.length).toBeGreaterThan(1);
    expect(own.length).toBeLessThan(all.length);
    expect((await items(finance, "/runs?limit=1")).map(({ id }) => id)).toEqual(
      own.slice(0, 1).map(({ id }) => id),
    );
    const desk = await items("deal-desk", "/runs");
    expect(new Set(desk.map(({ flow }) => flow))).toEqual(new Set(["opportunity-to-order"]));
    // Messages, once each, though several of its flows took one.
    const messages = await items(finance, "/messages?limit=1000");
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
    expect(messages.map(({ id }) => id)).toEqual(
      expect.arrayContaining([(await runOf("invoice-publication")).messageId]),
    );
    expect(messages.map(({ id }) => id)).not.toContain((await runOf("customer-sync")).messageId);
    for (const path of ["/dead-letters", "/tasks", "/issues", "/conflicts"]) {
      const rows = await items(finance, path);
      expect(rows.filter(({ flow }) => ownerOf(flow) !== "finance-operations")).toEqual([]);
    }
  });

  test("of a flow that is out of reach are refused by its name and its domain", async () => {
    const refused = await admin(finance, "/runs?flow=customer-sync");
    expect(refused).toMatchObject({
      status: 403,
      body: {
        code: "http-in/forbidden",
        right: "runs.read",
        roles: ["finance-operator"],
        domains: ["finance-operations"],
      },
    });
    expect(refused.detail).toBe(`the right "runs.read" ${outside}`);
    expect((await admin(finance, "/runs?flow=invoice-publication")).status).toBe(200);
  });

  test("the story of an id has no line of others' flows", async () => {
    const own = await items(finance, `/trace/${account}`);
    const all = await world.serving.store.read.trace(account);
    expect(all.some(({ flow = "" }) => ownerOf(flow) === "master-data")).toBe(true);
    const flows = own.flatMap((entry) => entry.flow ?? []);
    expect(flows.filter((flow) => ownerOf(flow) !== "finance-operations")).toEqual([]);
    const story = await items(finance, `/trace/${invoice}`);
    expect(story.map(({ flow }) => flow)).toContain("invoice-publication");
  });
});

describe("one object", () => {
  test("is open in reach, and refused by name out of it, to look, to reveal and to act", async () => {
    const [own, other] = [await runOf("invoice-publication"), await runOf("customer-sync")];
    expect((await admin(finance, `/runs/${own.id}`)).status).toBe(200);
    expect((await admin(finance, `/messages/${own.messageId}`)).status).toBe(200);
    expect((await admin(finance, `/messages/${own.messageId}/reveal`, {})).status).toBe(200);
    const asked: readonly (readonly [string, string, unknown?])[] = [
      ["runs.read", `/runs/${other.id}`],
      ["runs.read", `/messages/${other.messageId}`],
      ["runs.reveal", `/runs/${other.id}/reveal`, {}],
      ["runs.reveal", `/messages/${other.messageId}/reveal`, {}],
      ["runs.replay", `/runs/${other.id}/resume`, {}],
      ["runs.replay", `/messages/${other.messageId}/replay`, {}],
      ["runs.replay", `/messages/${own.messageId}/replay`, { flow: "customer-sync" }],
      ["runs.discard", `/runs/${other.id}/discard`, { reason: "x" }],
      ["runs.replay", "/replays", { selection: { flow: "customer-sync" } }],
      ["runs.replay", "/replays/preview", { selection: { ids: [own.id, other.id] } }],
      ["engine.pause", "/pause", { kind: "flow", flow: "customer-sync" }],
    ];
    for (const [right, path, body] of asked) {
      const { detail, status } = await admin(finance, path, body);
      expect([path, status]).toEqual([path, 403]);
      expect(detail).toContain(`the right "${right}" of finance-operator`);
      expect(detail).toMatch(/and not the flow "[\w-]+" of (master-data|sales-operations)$/);
    }
    expect(world.serving.engine.status().paused).toEqual([]);
    expect(await admin(finance, "/runs/nobody")).toMatchObject({ status: 404 });
    const preview = { selection: { ids: [own.messageId] }, begin: "event" };
    expect((await admin(finance, "/replays/preview", preview)).status).toBe(200);
  });

  test("what is of the whole engine is refused, whatever the role has", async () => {
    const asked: readonly (readonly [string, unknown?])[] = [
      ["/replays", { selection: { since: "2026-01-01T00:00:00Z" } }],
      ["/pause", { kind: "system", system: "erp" }],
      [`/crosswalk/customer/${account}`],
    ];
    for (const [path, body] of asked) {
      const { detail, status } = await admin(finance, path, body);
      expect([path, status]).toEqual([path, 403]);
      expect(detail).toMatch(
        /and not (the whole engine|a system|a selection over all flows: name)/,
      );
    }
    expect(await admin(finance, "/status")).toMatchObject({ status: 403 });
    expect(await admin(finance, "/audit")).toMatchObject({ status: 403 });
  });

  test("a flow of the domain is paused and goes on; a job over it is started and shown", async () => {
    const target = { kind: "flow", flow: "invoice-publication" };
    expect(await admin(finance, "/pause", target)).toMatchObject({ status: 200 });
    expect(await admin(finance, "/unpause", target)).toMatchObject({ status: 200 });
    const job = await admin("deal-desk", "/replays", { selection: { flow: "customer-sync" } });
    expect(job).toMatchObject({ status: 403, body: { right: "runs.replay" } });
    const { messageId } = await runOf("invoice-publication");
    const made = await admin(finance, "/replays", {
      selection: { ids: [messageId] },
      begin: "event",
      reason: "once more",
    });
    expect(made.status).toBe(200);
    await expect.poll(async () => items(finance, "/replays"), soon).toHaveLength(1);
    expect(await items("deal-desk", "/replays")).toEqual([]);
    const [shown] = await items(finance, "/replays");
    const number = String((shown as unknown as { number: number }).number);
    expect((await admin(finance, `/replays/${number}`)).status).toBe(200);
    expect((await admin("deal-desk", `/replays/${number}`)).status).toBe(403);
  });
});

test("the command line says the same, and ends with a failure", async () => {
  const terminal = recordingTerminal({
    env: { SLUICE_TOKEN: tokens.SLUICE_API_TOKEN_FINANCE_OPERATOR },
  });
  const pause = ["pause", "--flow", "customer-sync", "--server", world.serving.url];
  expect(await main(pause, terminal)).not.toBe(0);
  expect(terminal.errors()).toContain(`the right "engine.pause" ${outside}`);
  expect(world.serving.engine.status().paused).toEqual([]);
});
