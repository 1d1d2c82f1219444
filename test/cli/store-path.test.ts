import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { main } from "../../cli/main.ts";
import { recordingTerminal } from "./recording-terminal.ts";

test.for(["run", "runs"])("%s takes no store in memory, nor a file of that name", async (verb) => {
  const terminal = recordingTerminal({
    cwd: "cli/starter",
    env: { SHOP_WEBHOOK_SECRET: "given", ERP_TOKEN: "given" },
  });
  expect(await main([verb, "--store", ":memory:"], terminal)).toBe(2);
  expect(terminal.errors()).toMatch(/a store in memory would lose what was accepted/);
  expect(terminal.errors()).toMatch(/name a file/);
  expect(existsSync("cli/starter/:memory:")).toBe(false);
});

test("a store where no folder can be made is refused at once", async () => {
  const terminal = recordingTerminal({
    cwd: "cli/starter",
    env: { SHOP_WEBHOOK_SECRET: "given", ERP_TOKEN: "given" },
  });
  expect(await main(["run", "--port", "0", "--store", "/proc/none/s.db"], terminal)).toBe(3);
  expect(terminal.errors()).toMatch(
    /the store's folder \/proc\/none cannot be made: .*store-folder/,
  );
});
