import { expect, test } from "vitest";
import type { HttpServer } from "../../../engine/channels/http-in/index.ts";
import { Address } from "../../../engine/composition/address.ts";
import type { Generation } from "../../../engine/model/plan/generation.ts";
import { memoryLog } from "../channels/plans.ts";

const generation = { files: {}, workspace: {} } as unknown as Generation;

/** Listens at one address, and at another when it is to move. */
function listening(): HttpServer & { readonly open: string[] } {
  const open = ["old"];
  let at = "old";
  return {
    open,
    get url() {
      return at;
    },
    prepare: () => {
      open.push("new");
      const leave = (place: string): void => void open.splice(open.indexOf(place), 1);
      return Promise.resolve({
        take: () => {
          at = "new";
          leave("old");
        },
        drop: () => Promise.resolve(leave("new")),
      });
    },
    close: () => Promise.resolve(),
  };
}

test("what was prepared for a generation that was never adopted is left again", async () => {
  const server = listening();
  const address = new Address(server, memoryLog());
  expect(await address.prepare(generation)).toEqual([]);
  await address.drop();
  expect([server.open, address.url()]).toEqual([["old"], "old"]);
  await address.prepare(generation);
  await address.prepare(generation);
  expect(server.open).toEqual(["old", "new"]);
  address.take();
  expect([server.open, address.url()]).toEqual([["new"], "new"]);
});

test("it moves also where nobody can be told of it", async () => {
  const server = listening();
  const log = memoryLog();
  const address = new Address(server, log, () => {
    throw new Error("the disk is full");
  });
  await address.prepare(generation);
  address.take();
  expect(address.url()).toBe("new");
  expect(log.lines).toEqual([expect.stringContaining("the disk is full")]);
});
