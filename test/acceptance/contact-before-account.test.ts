import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "../cli/recording-terminal.ts";
import { adapterText, shopText, texts } from "./world/texts.ts";
import { World } from "./world/world.ts";

/**
 * A person at a customer that nobody knows yet: the contact waits for the account, as the child does
 * for its parent, and nobody is asked again and again whether it is there.
 */

const day = 24 * 3_600_000;

const thing = (required: readonly string[]): string =>
  JSON.stringify({
    owner: "ops",
    type: "object",
    required,
    properties: Object.fromEntries(
      ["accountId", "contactId", "name"].map((name) => [name, { type: "string" }]),
    ),
  });

/** Accounts go to the ERP, which gives them a number; contacts to support, once their account has one. */
const files = texts({
  "flows/process/post-thing.yaml": null,
  "schemas/canonical/account@1.json": thing(["accountId", "name"]),
  "schemas/canonical/contact@1.json": thing(["contactId", "accountId", "name"]),
  "flows/system/shop.yaml": `system: shop
owner: ops
operations: {}
events:
  account.changed: { data: canonical/account@1 }
  contact.changed: { data: canonical/contact@1 }
`,
  "flows/system/shop.web-shop.yaml": shopText().replace(
    /events:\n {6}- event: shop[^]*$/,
    `events:
      - event: shop.account.changed
        when: "($optional($body.data.contactId) ?? null) = null"
        data: "\${ $body.data }"
      - event: shop.contact.changed
        when: "($optional($body.data.contactId) ?? null) != null"
        data: "\${ $body.data }"
`,
  ),
  "flows/system/erp.yaml": `system: erp
owner: ops
operations:
  saveAccount: { input: canonical/account@1, effect: upsert }
`,
  "flows/system/erp.erp-one.yaml": adapterText("erp").replace(
    /operations:[^]*$/,
    `operations:
  saveAccount:
    request: { post: /accounts, body: "\${ $input }" }
    link: { entity: account, canonical: "$input.accountId", id: "$result.number" }
`,
  ),
  "flows/system/support.yaml": `system: support
owner: ops
operations:
  saveContact: { input: canonical/contact@1, effect: upsert }
`,
  "flows/system/support.support-one.yaml": adapterText("support").replace(
    /operations:[^]*$/,
    `operations:
  saveContact:
    request: { post: /contacts, body: "\${ $merge([$input, { 'account': $xref('account', 'erp', $input.accountId) }]) }" }
`,
  ),
  "flows/process/account-sync.yaml": `flow: account-sync
owner: ops
trigger: { event: shop.account.changed }
emits: { account.synced: { data: canonical/account@1, correlate: [accountId] } }
key: "$message.data.accountId"
steps:
  - call: erp.saveAccount
    id: saved
  - emit: account.synced
    with: "\${ $message.data }"
`,
  "flows/process/contact-sync.yaml": `flow: contact-sync
owner: ops
trigger: { event: shop.contact.changed }
key: "$message.data.contactId"
steps:
  - set: { account: "\${ $xref('account', 'erp', $message.data.accountId) }" }
    id: known
  - listen: { event: account.synced, correlate: { accountId: "$message.data.accountId" }, within: 5d }
    id: account
    if: "$steps.known.account = null"
    lane: hold
    on-timeout:
      - task:
          team: ops
          title: "The account \${ $message.data.accountId } of \${ $message.data.name } never came"
          choices: [go-on, drop]
          within: 30d
        id: steward
        lane: hold
      - stop: { code: account-never-came, message: "the contact was dropped" }
        if: "$steps.steward.choice = 'drop'"
  - call: support.saveContact
    id: saved
`,
});

const contact = (id: string, accountId: string, name: string) => ({
  id: `${id}-${name}`,
  data: { contactId: id, accountId, name },
});
const account = (accountId: string) => ({ id: accountId, data: { accountId, name: "Globex" } });

/** Numbers of the accounts that the ERP was told of. */
const numbers = { globex: "C-1", initech: "C-2" } as const;

let world: World;

beforeEach(async () => {
  world = await World.open({
    files,
    arrange: ({ partners }) => {
      partners.answer = ({ system, body }) =>
        system === "erp"
          ? { body: { number: numbers[body["accountId"] as keyof typeof numbers] } }
          : {};
    },
  });
});

const told = (system: string) =>
  world.partners.seen.filter((request) => request.system === system).map(({ body }) => body);

/** What an operator is shown of a run. */
async function shown(verb: "runs" | "trace", id = ""): Promise<string> {
  const terminal = recordingTerminal({ cwd: world.folder });
  await main([verb, id, "--store", join(world.folder, "sluice.db")], terminal);
  return terminal.output();
}

const names = () => told("support").map(({ name, account: number }) => [name, number]);

describe("a contact whose account is not there yet", () => {
  test("waits, asks nobody meanwhile, and follows its account, with what changed in order", async () => {
    await world.tell(
      contact("ada", "globex", "Ada"),
      contact("ada", "globex", "Ada Byron"),
      contact("bob", "globex", "Bob"),
    );
    await world.advance(day);
    expect(world.partners.seen).toEqual([]);
    await world.tell(account("globex"));
    expect(names()).toHaveLength(3);
    expect(names()).toContainEqual(["Bob", "C-1"]);
    expect(names().filter(([name]) => name !== "Bob")).toEqual([
      ["Ada", "C-1"],
      ["Ada Byron", "C-1"],
    ]);
    // What came once is known for good.
    await world.advance(6 * day);
    await world.tell(contact("ada", "globex", "Ada Lovelace"));
    expect(names().at(-1)).toEqual(["Ada Lovelace", "C-1"]);
    expect(told("erp")).toHaveLength(1);
  });

  test("keeps nobody else waiting, and shows for whom it waits, and until when", async () => {
    await world.tell(account("initech"), contact("ada", "globex", "Ada"));
    await world.tell(contact("peter", "initech", "Peter"));
    expect(names()).toEqual([["Peter", "C-2"]]);
    const waiting = "for account.synced of accountId globex, until 2026-01-06 00:00";
    const [run] = await world.serving.store.read.runs({ flow: "contact-sync", status: "active" });
    expect(await shown("trace", run?.id)).toContain(`account listening ${waiting}`);
    expect(await shown("runs", run?.id)).toContain(waiting);
    // What came is waited for no more.
    await world.tell(account("globex"));
    expect(await shown("trace", run?.id)).not.toContain("listening");
    expect(await shown("trace", run?.id)).toContain("■ done");
  });

  test("is for a person when the account never comes", async () => {
    await world.tell(contact("ada", "globex", "Ada"));
    await world.advance(5 * day - 1);
    const tasks = async () => world.serving.store.read.tasks({ limit: 10 });
    expect(await tasks()).toEqual([]);
    await world.advance(1);
    const [task, ...more] = await tasks();
    expect(more).toEqual([]);
    expect(task).toMatchObject({
      team: "ops",
      title: "The account globex of Ada never came",
    });
    await world.serving.engine.choose(task?.id ?? "", { choice: "drop", by: "grace" });
    await world.idle();
    expect((await world.lastRun("contact-sync")).status).toBe("stopped");
    expect(world.partners.seen).toEqual([]);
  });

  test("is not lost when the engine is started anew, nor when the account comes while it is away", async () => {
    await world.tell(contact("ada", "globex", "Ada"));
    world = await world.restart();
    await world.tell(account("globex"));
    expect(names()).toEqual([["Ada", "C-1"]]);
  });

  test("that comes at the very moment of its account follows it, whichever is first", async () => {
    await Promise.all([
      world.deliver(contact("ada", "globex", "Ada")),
      world.deliver(account("globex")),
      world.deliver(contact("bob", "globex", "Bob")),
    ]);
    await world.idle();
    await world.advance(1_000);
    expect(names()).toHaveLength(2);
    expect(names()).toContainEqual(["Ada", "C-1"]);
    expect(names()).toContainEqual(["Bob", "C-1"]);
  });
});
