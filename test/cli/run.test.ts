import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { main } from "../../cli/main.ts";
import { readAddress } from "../../cli/workspace/engine-address.ts";
import { recordingTerminal } from "./recording-terminal.ts";
import { Shop } from "./shop.ts";

let shop: Shop;

beforeEach(async () => {
  shop = await Shop.open();
});

afterEach(async () => {
  await shop.close();
});

const waiting = { timeout: 15_000, interval: 20 };

describe("run", () => {
  test("shows a broken change with its frame, goes on, and says when it is mended", async () => {
    const terminal = await shop.run("--watch");
    const mapping = "mappings/shop/order-in.jsonata";
    const text = readFileSync(join(shop.root, mapping), "utf8");
    shop.edit(mapping, "order_number", "order_numbr");
    await vi.waitFor(() => {
      expect(terminal.output()).toMatch(/order-in\.jsonata:2:\d+: [^]*\^~~~[^]*/);
    }, waiting);
    expect(await shop.order("S-1")).toBe(202);
    await shop.runIn("done", "S-1");
    expect((await shop.call("status")).code).toBe(1);
    writeFileSync(join(shop.root, mapping), text);
    await vi.waitFor(() => {
      expect(terminal.output()).toContain("the workspace is sound again");
    }, waiting);
    expect((await shop.call("status")).code).toBe(0);
    expect(await shop.stop()).toBe(0);
    expect(terminal.output()).toContain("Ctrl-C again ends at once");
    expect(readAddress(shop.storePath)).toBeUndefined();
  });

  test("listens for the signal that ends it before it says that it serves", async () => {
    const terminal = recordingTerminal({ cwd: shop.root, env: shop.env });
    let isListening = false;
    let wasListening: boolean | undefined;
    const code = await main(["run", "--port", "0"], {
      ...terminal,
      stopped: async () => {
        isListening = true;
        await terminal.stopped();
      },
      out: (text) => {
        if (text.includes(" serves ")) {
          wasListening = isListening;
          terminal.stop();
        }
        terminal.out(text);
      },
    });
    expect(code).toBe(0);
    expect(wasListening).toBe(true);
    expect(terminal.output()).toContain("everything accepted is on disk");
  });

  test("starts on what ran last where the files are broken, when it is told to", async () => {
    const mapping = "mappings/shop/order-in.jsonata";
    const text = readFileSync(join(shop.root, mapping), "utf8");
    await shop.run();
    expect(await shop.order("S-1")).toBe(202);
    await shop.runIn("done", "S-1");
    expect(await shop.stop()).toBe(0);
    shop.edit(mapping, "order_number", "order_numbr");
    const refused = await shop.call("run", "--port", "0");
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/order-in\.jsonata:2:\d+: [^]*nothing was started; `--last-good`/);
    const terminal = await shop.run("--watch", "--last-good");
    expect(terminal.errors()).toMatch(
      /1 error: starts on what ran last, generation [\da-f]{12} of/,
    );
    await vi.waitFor(() => {
      expect(terminal.output()).toMatch(/order-in\.jsonata:2:\d+: [^]*\^~~~/);
    }, waiting);
    shop.answer = { status: 201, body: { number: "SO-7002" } };
    expect(await shop.order("S-2")).toBe(202);
    await shop.runIn("done", "S-2");
    expect((await shop.call("status")).code).toBe(1);
    writeFileSync(join(shop.root, mapping), text);
    await vi.waitFor(() => {
      expect(terminal.output()).toContain("the workspace is sound again");
    }, waiting);
    expect((await shop.call("status")).code).toBe(0);
  });

  test("starts on nothing where what ran last cannot run here, or nothing ran", async () => {
    await shop.run();
    expect(await shop.stop()).toBe(0);
    shop.edit("mappings/shop/order-in.jsonata", "order_number", "order_numbr");
    const refused = async (...argv: string[]): Promise<string> => {
      const terminal = recordingTerminal({ cwd: shop.root });
      expect(await main(["run", "--port", "0", "--last-good", ...argv], terminal)).toBe(1);
      return terminal.errors();
    };
    expect(await refused()).toMatch(
      /order-in\.jsonata:2:[^]*And in what ran last[^]*"ERP_TOKEN" has no value here[^]*2 errors there, too: nothing was started/,
    );
    // Which adapter plays a role is said by whoever starts it: then nothing wants the ERP's token.
    expect(await refused("--system", "erp=example-shop")).not.toMatch(
      /And in what ran last[^]*ERP_TOKEN" has no value here/,
    );
    expect(await refused("--store", "new.db")).toContain(
      "nothing was started; the store has no texts that ran before",
    );
  });

  test("listens where the workspace has it, from a reload on, unless that is taken", async () => {
    const [taken, free] = [createServer(), createServer()];
    const portOf = async (server: typeof taken): Promise<number> => {
      await once(server.listen(0, "127.0.0.1"), "listening");
      const address = server.address();
      return typeof address === "object" && address !== null ? address.port : 0;
    };
    onTestFinished(() => void taken.close());
    const [takenPort, freePort] = [await portOf(taken), await portOf(free)];
    free.close();
    const settings = readFileSync(join(shop.root, "sluice.yaml"), "utf8");
    const name = (port: number): void =>
      writeFileSync(join(shop.root, "sluice.yaml"), `${settings}server: { port: ${port} }\n`);
    name(0);
    const terminal = await shop.serve("--watch");
    const before = readAddress(shop.storePath)?.url ?? "";
    name(takenPort);
    await vi.waitFor(() => {
      expect(terminal.output()).toMatch(
        new RegExp(`sluice\\.yaml:\\d+:1: 127\\.0\\.0\\.1:${takenPort} is taken already`),
      );
    }, waiting);
    expect((await fetch(`${before}/health/ready`)).status).toBe(200);
    expect((await shop.call("status")).code).toBe(1);
    name(freePort);
    await vi.waitFor(() => {
      expect(terminal.output()).toContain(`serves at http://127.0.0.1:${freePort} from now on`);
    }, waiting);
    expect((await fetch(`http://127.0.0.1:${freePort}/health/ready`)).status).toBe(200);
    await expect(fetch(`${before}/health/ready`)).rejects.toThrow("fetch failed");
    expect(await shop.order("S-1")).toBe(202);
    await shop.runIn("done", "S-1");
    expect((await shop.call("status")).code).toBe(0);
  });

  test("names the port that another program holds", async () => {
    await shop.run();
    const port = new URL(readAddress(shop.storePath)?.url ?? "").port;
    const { code, out, err } = await shop.call("run", "--port", port, "--store", "other.db");
    expect(code).toBe(3);
    // Whatever waited in the store was not touched.
    expect(out).not.toContain("the engine runs");
    expect(err).toContain(`another program listens at 127.0.0.1:${port} already`);
    expect(err).not.toContain("bug");
  });

  test("leaves a store to the engine that owns it", async () => {
    await shop.run();
    const { code, err } = await shop.call("run", "--port", "0");
    expect(code).toBe(3);
    expect(err).toContain("one process owns a store");
    expect(readAddress(shop.storePath)).toBeDefined();
  });

  test("starts nothing without its secrets, and nothing on a port that is none", async () => {
    const terminal = recordingTerminal({ cwd: shop.root });
    expect(await main(["run", "--port", "0"], terminal)).toBe(1);
    expect(terminal.errors()).toMatch(/"ERP_TOKEN" has no value here[^]*2 errors: nothing was/);
    expect((await shop.call("run", "--port", "x")).code).toBe(2);
  });
});

describe("preview --watch", () => {
  test("shows a mistake, and the output again once it is mended", async () => {
    const terminal = recordingTerminal({ cwd: shop.root, env: shop.env });
    const end = main(["preview", "shop/order-in", "--watch"], terminal);
    const said = async (text: string): Promise<void> => {
      await vi.waitFor(() => {
        expect(terminal.output() + terminal.errors()).toContain(text);
      }, waiting);
    };
    await said('"orderId": "S-1001"');
    const mapping = "mappings/shop/order-in.jsonata";
    shop.edit(mapping, "data.order_number", "data.order_numbr");
    await said('Did you mean "order_number"?');
    shop.edit(mapping, "data.order_numbr", '"N-" & data.order_number');
    await said('"orderId": "N-S-1001"');
    terminal.stop();
    expect(await end).toBe(0);
  });
});

test("what the system refuses is no bug of ours", async () => {
  writeFileSync(join(shop.root, "file"), "");
  const file = await shop.call("new", "file");
  expect([file.code, file.err]).toEqual([2, expect.stringContaining("is a file")]);
  const below = await shop.call("new", "file/shop");
  expect(below.code).toBe(3);
  expect(below.err).toContain("a file stands where a folder is needed");
  const made = await shop.call("new", "a new shop");
  expect(made.out).toContain("next: cd 'a new shop' && ");
});
