import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { openStore } from "../../engine/store/sqlite/index.ts";
import { recordingTerminal } from "./recording-terminal.ts";

const root = mkdtempSync(join(tmpdir(), "sluice-arguments-"));

/** A workspace that ran once, beside files that are not what a verb wants. */
beforeAll(async () => {
  cpSync("cli/starter", root, { recursive: true });
  writeFileSync(join(root, "bad.json"), '{ "a": ');
  writeFileSync(join(root, "binary.json"), Buffer.from([0xff, 0xfe, 0x00]));
  mkdirSync(join(root, ".sluice"));
  await openStore({ path: join(root, ".sluice", "sluice.db") }).close();
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** A call, its exit code as docs/cli.md has it, what was wrong (with what was given), and what to do. */
const slips: readonly (readonly [call: string, code: 2 | 3, wrong: RegExp, remedy: RegExp])[] = [
  // A wrong flag, and arguments that are missing or too many.
  ["validate --formt json", 2, /'--formt'. Did you mean --format/, /validate --help/],
  ["validate extra", 2, /got 1: extra/, /write `sluice validate`/],
  ["preview", 2, /'mapping'/, /write `sluice preview <mapping>/],
  ["plan", 2, /'flow'/, /write `sluice plan <flow>/],
  ["trace", 2, /'id'/, /write `sluice trace <id>`/],
  ["crosswalk order", 2, /'id'/, /write `sluice crosswalk <entity> <id>`/],
  ["backup", 2, /'file'/, /write `sluice backup <file>`/],
  ["new", 2, /'folder'/, /write `sluice new <folder>/],
  ["new adapter", 2, /has no name/, /sluice new adapter <name> --plays/],
  ["where-used", 2, /'name'/, /write `sluice where-used <name>`/],
  ["replay", 2, /nothing is named/, /--issue/],
  ["pause", 2, /one flow/, /--flow <name>/],
  ["issues ack", 2, /no issue is named/, /`sluice issues` lists/],
  // Places that are none.
  ["validate --workspace nowhere", 2, /no sluice.yaml in .*nowhere/, /sluice new/],
  ["validate --against nowhere", 2, /"nowhere" is neither/, /git ref|branch/],
  ["validate --system erp", 2, /"erp" names no role/, /<role>=<adapter>/],
  ["status --server foo", 2, /"foo" is no address/, /http:/],
  ["runs --store none.db", 2, /no store at .*none.db/, /--store/],
  ["run --store bad.json", 3, /not a store of sluice: .*bad.json/, /name another file/],
  ["run --store bad.json/x.db", 3, /folder .*bad.json cannot be made/, /--store or SLUICE_STORE/],
  ["backup nowhere/b.db", 3, /b.db: its folder is not there/, /see that the folder is there/],
  ["backup bad.json", 2, /"[^"]*bad.json" already/, /name a new file/],
  ["restore nowhere.db", 2, /no file .*nowhere.db/, /sluice backup/],
  ["restore bad.json", 3, /not a store of sluice: .*bad.json/, /name another file/],
  ["restore bad.json --store deep/er/s.db", 3, /not a store of sluice/, /name another file/],
  // Messages that cannot be read.
  ["preview shop/order-in none.json", 2, /no file none.json/, /name a JSON file/],
  ["preview shop/order-in bad.json", 2, /bad.json is no JSON: /, /one JSON value/],
  ["preview shop/order-in binary.json", 2, /binary.json is no JSON/, /UTF-8/],
  ["preview shop/order-in .", 2, /\. cannot be read/, /name a JSON file/],
  ["plan order-to-erp bad.json", 2, /bad.json is no JSON/, /one JSON value/],
  // Names that nothing has.
  ["preview nope", 2, /no mapping "nope"/, /shop\/order-in/],
  ["plan nope bad.json", 2, /no flow "nope"/, /order-to-erp/],
  ["test nope", 2, /no test matches "nope"/, /test.yaml/],
  ["docs nope", 2, /no page about "nope"/, /name a step kind/],
  ["schema nope", 2, /no document kind "nope"/, /workspace, flow/],
  ["graph --format nope", 2, /no format "nope"/, /text, mermaid, json/],
  ["where-used nope", 2, /nothing is called "nope"/, /name a flow/],
  ["new adapter acme --plays nope", 2, /no system "nope"/, /erp, shop/],
  ["new adapter Bad_Name --plays erp", 2, /"Bad_Name" is no name/, /lower case/],
  ["messages nope", 2, /no message "nope"/, /`sluice messages` lists/],
  ["runs nope", 2, /no run "nope"/, /`sluice runs` lists/],
  ["dead-letters nope", 2, /no run "nope"/, /`sluice dead-letters` lists/],
  ["tasks nope", 2, /no task "nope"/, /`sluice tasks` lists/],
  ["issues show 999", 2, /no issue 999/, /lists all/],
  ["issues nope", 2, /sluice issues nope/, /list, show, ack/],
  ["runs --flow nope", 2, /a flow "nope"/, /order-to-erp/],
  ["runs --status dedd", 2, /no status "dedd"/, /dead/],
  ["tasks --status nope", 2, /no status "nope"/, /open, answered/],
  ["issues --category nope", 2, /no category "nope"/, /critical, high/],
  ["purge --class nope", 2, /no class "nope"/, /payloads, history/],
  // Counts, times and ports.
  ["run --port abc", 2, /"abc" is no port/, /0 to 65535/],
  ["messages --limit x", 2, /"x" is no count/, /above 0/],
  ["runs --limit 0", 2, /"0" is no count/, /above 0/],
  ["messages --since yesterday", 2, /"yesterday" is no time/, /30m, 2h or 7d/],
  ["conflicts --since nope", 2, /"nope" is no time/, /2h/],
  ["sla --since nope", 2, /"nope" is no time/, /2h/],
  ["purge --before notadate", 2, /"notadate" is no time/, /date-time/],
  ["replay --canary x --flow order-to-erp", 2, /"x" is no count/, /1 to 1000/],
  // One step alone.
  ["replay --only order", 2, /nothing is named/, /--issue/],
  ["replay --flow f --only order", 2, /finds dead letters/, /--status/],
  ["replay --status dead --only order", 2, /finds dead letters/, /done, stopped, failed/],
  ["replay r-1 --only order --from event", 2, /--from do not go together/, /leave it out/],
  ["replay r-1 --only order --at-once 3", 2, /--at-once is about several runs/, /leave it out/],
  ["replay r-1 --again same-key", 2, /none is named/, /--only/],
  ["replay r-1 --only order --again twice", 2, /"twice" is no way/, /same-key.*new-key/],
  ["replay r-1 --only order --again new-key", 2, /needs a reason/, /--reason/],
  // Changes, while no engine runs.
  ["replay r-1 --only order", 3, /no engine runs on/, /sluice run/],
  ["pause --flow order-to-erp", 3, /no engine runs on/, /sluice run/],
  ["approve t-1", 3, /no engine runs on/, /sluice run/],
];

test.each(slips)("sluice %s", async (call, code, wrong, remedy) => {
  const terminal = recordingTerminal({
    cwd: root,
    env: { SHOP_WEBHOOK_SECRET: "given", ERP_TOKEN: "given" },
  });
  expect(await main(call.split(" "), terminal)).toBe(code);
  const said = terminal.errors();
  expect(said).toMatch(/^sluice: .+ \[[a-z-]+\/[a-z-]+\]\n {2}= help: .+\n$/);
  const [first = "", help = ""] = said.split("\n  = help: ");
  expect(first).toMatch(wrong);
  expect(help).toMatch(remedy);
  expect(terminal.output()).toBe("");
});
