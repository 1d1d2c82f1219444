import { expect, test } from "vitest";
import { timeline } from "../../cli/output/timeline.ts";
import type { TraceEntry } from "../../engine/index.ts";
import { recordingTerminal } from "./recording-terminal.ts";

const messages = (count: number): readonly TraceEntry[] =>
  Array.from({ length: count }, (_, n) => ({
    at: 1_767_225_600_000 + n * 1000,
    kind: "message",
    messageId: `m-${n}`,
    what: `crm.thing.${n}`,
    detail: { channel: "webhook", source: "crm" },
  }));

test("an id of much shows its newest on one screen, and says how much came before", () => {
  const terminal = recordingTerminal({ cwd: ".", env: {} });
  const shown = timeline(messages(500), terminal);
  expect(shown.split("\n").length).toBeLessThanOrEqual(63);
  expect(shown).toContain("… 440 earlier lines with --verbose");
  expect(shown).toContain("crm.thing.499 ");
  expect(shown).not.toContain("crm.thing.439 ");
  expect(timeline(messages(500), terminal, true)).toContain("crm.thing.0 ");
  expect(timeline(messages(60), terminal)).not.toContain("earlier");
});
