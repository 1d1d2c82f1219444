import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { takeLock } from "../real/support/lock.ts";

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("one at a time holds the real partners, and each that waits has its turn", async () => {
  const port = await freePort();
  const begun: number[] = [];
  let holders = 0;
  const first = await takeLock(port);
  const others = [1, 2, 3, 4].map(async (name) => {
    const release = await takeLock(port);
    holders += 1;
    begun.push(name);
    expect(holders).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    holders -= 1;
    await release();
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual([]);
  await first();
  await Promise.all(others);
  expect(begun.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
});
