import { expect, test } from "vitest";
import { createMasks } from "../../../engine/composition/masks.ts";
import type { Message } from "../../../engine/model/message.ts";
import type { RunDetail, RunRow } from "../../../engine/ports/store-reader.ts";
import { compileWorkspace } from "../../../engine/spec/index.ts";
import { digest, soundWorkspace } from "../../spec/workspace.ts";

const files = {
  ...soundWorkspace,
  "flows/process/example.yaml": `flow: example
owner: sales
trigger: { event: crm.customer.changed }
key: none
input: canonical/customer@1
steps: [ { stop: { code: seen } } ]
`,
};
const message: Message = {
  id: "m-1",
  channel: "webhook",
  source: "relate",
  type: "crm.customer.changed",
  dedupeKey: "1",
  subject: "customer ann.lee@example.com",
  time: 0,
  receivedAt: 0,
  data: { customerId: "C-7", email: "ann.lee@example.com" },
  headers: { "x-account": "ann.lee@example.com", "x-kind": "changed" },
  correlationId: "c",
  traceparent: "t",
};
const error = {
  code: "http-422",
  class: "business",
  message: "ann.lee@example.com is not known",
  detail: { given: "ann.lee@example.com", row: 7 },
} as const;
const row: RunRow = {
  id: "r-1",
  flow: "example",
  status: "failed",
  laneKey: null,
  messageId: "m-1",
  identity: "i",
  generation: "g",
  startedAt: 0,
  correlationId: "c",
  error,
};
const run: RunDetail = {
  ...row,
  state: {},
  results: {},
  history: [],
  deliveries: [],
  milestones: [],
};

const masksOf = (sources: Readonly<Record<string, string>> | undefined) =>
  createMasks({
    read: {
      message: async () => ({ message }),
      run: async () => run,
      runs: async () => [row],
      sources: async () => sources,
      trace: async () => [
        { at: 0, kind: "run", what: "failed", runId: "r-1", messageId: "m-1", flow: "example" },
      ],
    },
    compile: async (texts) => compileWorkspace(texts, { digest }).generation,
  });

test("a message is shown without what is personal, its headers and subject as well", async () => {
  expect(await masksOf(files).message(message)).toEqual({
    ...message,
    subject: "customer •••",
    data: { customerId: "C-7", email: "•••" },
    headers: { "x-account": "•••", "x-kind": "changed" },
  });
});

test("a list tells why each failed, and not of whom", async () => {
  const [shown] = await masksOf(files).runs([row, { ...row, id: "r-2" }]);
  expect(shown?.error).toEqual({
    ...error,
    message: "••• is not known",
    detail: { given: "•••", row: 7 },
  });
  const { error: _, ...fine } = row;
  expect(await masksOf(files).runs([fine])).toEqual([fine]);
});

test("where the texts of the generation are gone, all that may be personal is hidden", async () => {
  const shown = await masksOf(undefined).run(run);
  expect(shown.error).toMatchObject({
    message: "••• is not known",
    detail: "(hidden: the texts of its generation are gone)",
  });
  expect((await masksOf(undefined).message(message)).data).toMatch(/^\(hidden/);
});
