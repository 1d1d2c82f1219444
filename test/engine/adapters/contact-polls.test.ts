import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Estate, startEstate } from "../../../engine/testing/index.ts";
import type { Fake } from "./fakes/exchange.ts";
import { HubSpot } from "./fakes/hubspot.ts";
import { RequestTracker } from "./fakes/request-tracker.ts";
import { openRole } from "./role.ts";

/**
 * People that changed are asked for, page by page, since a webhook may be lost: each change is told once,
 * through the repeats of an overlap and through a restart.
 */

/** A vendor with people in it, and what its adapter needs. */
interface Vendor {
  readonly role: "crm" | "support";
  readonly adapter: string;
  readonly poll: string;
  readonly fake: Fake | { readonly url: string };
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  /** Somebody new; the id. */
  readonly enter: (name: string) => string;
  readonly change: (id: string, phone: string) => void;
  /** Pages that were asked for. */
  readonly pages: () => number;
}

async function estateWith(): Promise<Estate> {
  const estate = await startEstate({ habits: { crmPageSize: 2 } });
  onTestFinished(async () => estate.close());
  return estate;
}

const pagesOf = (estate: Estate, system: Vendor["role"], path: string) =>
  estate.ledger.requests(system).filter((row) => row.path.includes(path)).length;

async function salesforce(): Promise<Vendor> {
  const estate = await estateWith();
  return {
    role: "crm",
    adapter: "salesforce",
    poll: "changedContacts",
    fake: { url: estate.urls.crm },
    env: { ...estate.environment(), CRM_CURRENCY: "EUR" },
    secrets: estate.environment(),
    enter: (name) => estate.crm.records.make("Contact", { LastName: name }).Id,
    change: (id, phone) => estate.editRecord("Contact", id, { Phone: phone }),
    pages: () => pagesOf(estate, "crm", "/query"),
  };
}

async function zendesk(): Promise<Vendor> {
  const estate = await estateWith();
  return {
    role: "support",
    adapter: "zendesk",
    poll: "changedUsers",
    fake: { url: estate.urls.support },
    env: estate.environment(),
    secrets: estate.environment(),
    enter: (name) =>
      String(estate.person.writeToSupport({ name, email: `${name}@globex.example` }).id),
    change: (id, phone) => {
      estate.person.changeSupportUser(Number(id), { phone });
    },
    pages: () => pagesOf(estate, "support", "/incremental/users"),
  };
}

function hubspot(): Vendor {
  const fake = new HubSpot();
  const changedAt = () => new Date().toISOString();
  return {
    role: "crm",
    adapter: "hubspot",
    poll: "changedContacts",
    fake,
    env: {},
    secrets: HubSpot.secrets,
    enter: (name) => {
      const id = String(150 + fake.contacts.size);
      const properties = { email: `${name}@globex.example`, lastmodifieddate: changedAt() };
      fake.contacts.set(id, { id, properties });
      return id;
    },
    change: (id, phone) => {
      const row = fake.contacts.get(id);
      if (row === undefined) throw new Error(`there is no ${id}`);
      row.properties = { ...row.properties, phone, lastmodifieddate: changedAt() };
    },
    pages: () => fake.count(/contacts\/search$/),
  };
}

function requestTracker(): Vendor {
  const fake = new RequestTracker();
  return {
    role: "support",
    adapter: "request-tracker",
    poll: "changedUsers",
    fake,
    env: { RT_USER: "integration" },
    secrets: RequestTracker.secrets,
    enter: (name) => {
      fake.enter(name, {}, {});
      return name;
    },
    change: (id, phone) => fake.enter(id, { WorkPhone: phone }, {}),
    pages: () => fake.count(/POST .*\/users$/),
  };
}

test.each([
  ["Salesforce", salesforce],
  ["HubSpot", hubspot],
  ["Zendesk", zendesk],
  ["Request Tracker", requestTracker],
] as const)(
  "%s: people that changed, in pages, with repeats and after a restart",
  async (_, at) => {
    const vendor = await at();
    const { adapter, enter, pages, poll, role } = vendor;
    const folder = mkdtempSync(join(tmpdir(), "sluice-contacts-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const open = async () =>
      openRole({
        role,
        adapter,
        fake: vendor.fake,
        env: (url) => ({ HUBSPOT_URL: url, RT_URL: url, HUBSPOT_APP_ID: "4711", ...vendor.env }),
        secrets: vendor.secrets,
        storePath: join(folder, "sluice.db"),
        // This poll alone asks: often, for few at a time, and beyond what the vendor would allow.
        edit: (text) =>
          text
            .replace(/^budget: .*$/m, "")
            .replaceAll(/every: \d+m/g, "every: 1h")
            .replace(new RegExp(`(\\n  ${poll}:\\n    every: )1h`), "$150ms")
            .replaceAll(/(per_page|limit): 100\b/g, "$1: 2"),
      });
    const idOf = role === "crm" ? "contactId" : "supportId";
    const toldBy = async ({ serving }: Awaited<ReturnType<typeof open>>) => {
      const rows = await serving.store.read.messages({
        type: `${role}.contact.changed`,
        limit: 100,
      });
      const whole = await Promise.all(rows.map(({ id }) => serving.store.read.message(id)));
      return whole
        .map((row) =>
          String(Object.entries(row?.message.data ?? {}).find(([name]) => name === idOf)?.[1]),
        )
        .toSorted();
    };
    /** So many rounds of the poll went by, whatever they brought. */
    const rounds = async (count: number) => {
      const before = pages();
      await expect.poll(pages, { timeout: 20_000 }).toBeGreaterThanOrEqual(before + count * 3);
    };
    const ids = ["ada", "bob", "cyd", "dan", "eve"].map(enter);
    const first = await open();
    await expect.poll(async () => toldBy(first), { timeout: 20_000 }).toEqual(ids.toSorted());
    expect(pages()).toBeGreaterThanOrEqual(3);
    // The overlap brings all of them again, and none is told again.
    await rounds(2);
    expect(await toldBy(first)).toEqual(ids.toSorted());
    const [one = "", two = ""] = ids;
    // Some tell times in whole seconds: a change is told apart from the one before by the next of them.
    const entered = Math.floor(Date.now() / 1000);
    await expect
      .poll(() => Math.floor(Date.now() / 1000), { timeout: 20_000 })
      .toBeGreaterThan(entered);
    vendor.change(one, "+1 555 0100");
    await expect
      .poll(async () => toldBy(first), { timeout: 20_000 })
      .toEqual([...ids, one].toSorted());
    const before = await first.serving.store.checkpoint(`poll:${adapter}.${poll}`);
    await first.serving.stop({ drainMs: 1_000 });
    // What happens meanwhile is asked for afterwards, and what was told before is not told again.
    vendor.change(two, "+1 555 0101");
    const newcomer = enter("fay");
    const second = await open();
    const all = [...ids, one, two, newcomer].toSorted();
    await expect.poll(async () => toldBy(second), { timeout: 20_000 }).toEqual(all);
    await rounds(1);
    expect(await toldBy(second)).toEqual(all);
    const after = await second.serving.store.checkpoint(`poll:${adapter}.${poll}`);
    expect(JSON.stringify(after) > JSON.stringify(before)).toBe(true);
  },
);
