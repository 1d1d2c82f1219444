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

test("a list that is asked of a server without its file says that it reads the file", async () => {
  for (const words of [["issues"], ["runs"], ["replay", "019a2b7c-0000-7000-8000-000000000000"]]) {
    const terminal = recordingTerminal({ cwd: "cli/starter", env: {} });
    const code = await main([...words, "--server", "http://127.0.0.1:1"], terminal);
    expect(code).toBe(2);
    expect(terminal.errors()).toMatch(/also with --server: name it with --store/);
  }
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
