import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "../cli/recording-terminal.ts";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { made, World, type WorldOptions } from "./world/world.ts";
import type { Partners } from "./world/partners.ts";

const minuteMs = 60_000;

/** What somebody sees who is woken by the newest run that stopped. */
async function letterOf(
  answer: Partners["answer"],
  options: WorldOptions = {},
): Promise<{ readonly text: string; readonly world: World }> {
  const world = await World.open({
    files: texts({
      "flows/process/post-thing.yaml": flowText(
        callText("erp", "create"),
        `impact: { class: revenue, amount: "$message.data.amount", currency: "'EUR'" }\n`,
      ),
    }),
    ...options,
  });
  world.partners.answer = answer;
  await world.tell(made("T-1", "key-1", { amount: "12.50" }));
  await world.advance(30 * minuteMs);
  const run = await world.lastRun();
  const terminal = recordingTerminal({ cwd: world.folder, env: {} });
  const code = await main(
    ["dead-letters", run.id, "--store", join(world.folder, "sluice.db")],
    terminal,
  );
  expect([code, terminal.errors()]).toEqual([0, ""]);
  return { text: terminal.output(), world };
}

test.each([
  [
    "a partner that is down",
    () => letterOf(() => ({ status: 503, body: { message: "in maintenance" } })),
    [
      /^dead {2}post-thing {2}key key-1: a partner never took it/,
      /erp\.create was answered 503 by erp-one \[http-503, transient\]/,
      /flows\/process\/post-thing\.yaml:\d+:5/,
      /after 4 attempts/,
      /impact +revenue, 12\.50 EUR/,
      /owner +ops, ops@example\.com/,
      /likely +erp-one was down or overloaded for longer/,
      /do +`sluice status` shows whether erp-one answers again/,
      /in maintenance/,
      /next\n {2}sluice replay \S+/,
    ],
  ],
  [
    "a partner whose limit is used up",
    () => letterOf(() => ({ status: 429, headers: { "retry-after": "60" } })),
    [/\[http-429, throttled\]/, /likely +the limit at erp-one was used up/, /lower the `budget`/],
  ],
  [
    "credentials that are refused",
    () => letterOf(() => ({ status: 401, body: { error: "token expired" } })),
    [/\[http-401, auth\]/, /likely +erp-one does not take our credentials/, /set the secrets/],
  ],
  [
    "a business refusal",
    () => letterOf(() => ({ status: 422, body: { message: "credit limit exceeded" } })),
    [
      /^failed {2}post-thing .*: it ended: somebody said no/,
      /likely +erp-one says no to this record/,
      /credit limit exceeded/,
      /sluice trace /,
      /once the record is changed: from the start, anew/,
    ],
  ],
  [
    "a mapping that met what it does not provide for",
    () =>
      letterOf(() => ({}), {
        files: texts({
          "flows/process/post-thing.yaml": flowText(
            callText("erp", "create").replace(
              "$message.data }",
              "{ 'id': $string($number($message.data.id)), 'key': 'k' } }",
            ),
          ),
        }),
      }),
    [
      /^invalid {2}post-thing .*nothing was undone/,
      /likely +the mapping or expression at flows\/process\/post-thing\.yaml:\d+ met data/,
      /replay \S+ --current/,
    ],
  ],
  [
    "a message that its flow cannot take",
    () =>
      letterOf(() => ({}), {
        files: texts({
          "flows/process/post-thing.yaml": flowText(
            callText("erp", "create"),
            "input: canonical/strict@1\n",
          ),
          "schemas/canonical/strict@1.json": JSON.stringify({
            title: "Strict",
            owner: "ops",
            type: "object",
            required: ["id", "key", "tier"],
            properties: {
              id: { type: "string" },
              key: { type: "string" },
              amount: { type: "string" },
              tier: { type: "string" },
            },
          }),
        }),
      }),
    [
      /message\/input-breach/,
      /tier/,
      /flows\/process\/post-thing\.yaml:1:1/,
      /message\n {4}\{\n {6}"id": "T-1"/,
      /likely +the sender's data lacks/,
      /--with data\.json --reason/,
    ],
  ],
  [
    "an outcome that nobody knows",
    () =>
      letterOf(() => "drop", {
        files: texts({
          "flows/system/erp.erp-one.yaml": adapterText("erp")
            .replaceAll("in-doubt: { resend: same-key }", "in-doubt: { park: true }")
            .replace("idempotent: { header: Idempotency-Key, valid: 24h }", ""),
        }),
      }),
    [
      /^in-doubt {2}post-thing .*nobody knows whether the partner did it/,
      /likely +the request reached erp-one, and its answer did not reach us/,
      /look into erp-one whether it is there/,
      /in doubt +erp\.create of steps\.erpcreate\/request, sent 2026-01-01 00:00:00\S* UTC under the key \w{12}/,
      /sends it again: only where the partner does not have it/,
      /the doubt stays in the ledger, and a replay settles it before it sends/,
      /--discard 'the partner has it'/,
      /nothing after that step is done/,
    ],
  ],
  [
    "an outcome that nobody knows, where the partner knows keys: nobody is told to give up what is left to do",
    () => letterOf(() => "drop"),
    [
      /^in-doubt {2}post-thing /,
      /likely +erp-one may have taken the request, and gave no clear answer/,
      /do +replay once erp-one answers again: it goes under the same key/,
      /sends it again under the same key, and goes on from there/,
    ],
  ],
  [
    "an undo that failed",
    () =>
      letterOf(
        ({ system, path }) =>
          system === "billing" || path === "/cancellations" ? { status: 422 } : {},
        {
          files: texts({
            "flows/process/post-thing.yaml": flowText(
              callText(
                "erp",
                "create",
                '    undo: { call: erp.cancel, with: "${ $message.data }" }\n',
              ) + callText("billing", "create"),
            ),
          }),
        },
      ),
    [
      /^stuck {2}post-thing .*an undo failed, and what was done stands/,
      /because: billing\.create was answered 422/,
      /likely +erp-one refuses to take back what was done before/,
      /once the partner's side is mended: undoes the rest/,
    ],
  ],
] as const)(
  "%s: cause, place, owner, likely reason and what to do are on one screen",
  async (_, open, lines) => {
    const { text } = await open();
    if (process.env["SHOW_LETTERS"] !== undefined) process.stdout.write(`${text}\n\n`);
    for (const line of lines) expect(text).toMatch(line);
    expect(text.split("\n").length).toBeLessThan(80);
  },
);
