import { expect, test } from "vitest";
import { createReadTransport } from "../../../engine/composition/read-transport.ts";
import { delivery, generation } from "../channels/plans.ts";

test("a transport for plans refuses whatever is no read, before anything is sent", async () => {
  const transport = createReadTransport({}, generation({}));
  try {
    const outcome = await transport.read({ ...delivery("http://127.0.0.1:1/orders"), read: false });
    expect(outcome).toEqual({ kind: "not-sent", reason: "a plan sends only reads", ms: 0 });
  } finally {
    await transport.close();
  }
});
