import { expect, test } from "vitest";
import { texts } from "./world/texts.ts";
import { World } from "./world/world.ts";

const minuteMs = 60_000;

/** Every ten minutes the ERP is asked; what it says of `stock` and `price` must be well. */
const checked = (key: string) =>
  texts({
    "flows/process/shelf-check.yaml": `flow: shelf-check
owner: ops
trigger: { schedule: { every: 10m, missed: skip } }
key: ${key}
steps:
  - call: erp.find
    id: shelf
    with: { id: shelf, key: k }
  - require:
      - that: "$steps.shelf.stock = 'well'"
        severity: issue
        error: { class: business, code: stock-differs, message: the stock differs }
      - that: "$steps.shelf.price = 'well'"
        severity: issue
        error: { class: business, code: price-differs }
`,
  });

async function issues(world: World) {
  const answer = await world.admin("GET", "/issues?status=any");
  const { items } = (await answer.json()) as {
    items: readonly { readonly code: string; readonly [member: string]: unknown }[];
  };
  return Object.fromEntries(
    items.map(({ code, status, reopened, failures }) => [code, [status, failures, reopened]]),
  );
}

test.each(["none", "\"'shelf'\""])(
  "what a scheduled check finds is one issue, closed by the next check that does not, by key %s",
  async (key) => {
    const shelf = { stock: "low", price: "high" };
    let world = await World.open({
      files: checked(key),
      arrange: ({ partners }) => {
        partners.answer = () => ({ body: shelf });
      },
    });
    await world.advance(31 * minuteMs);
    expect(await issues(world)).toMatchObject({
      "stock-differs": ["open", 3, 0],
      "price-differs": ["open", 3, 0],
    });
    // One of the two is mended.
    shelf.stock = "well";
    await world.advance(10 * minuteMs);
    expect(await issues(world)).toMatchObject({
      "stock-differs": ["resolved", 3, 0],
      "price-differs": ["open", 4, 0],
    });
    shelf.price = "well";
    shelf.stock = "gone";
    await world.advance(10 * minuteMs);
    expect(await issues(world)).toMatchObject({
      "stock-differs": ["open", 4, 1],
      "price-differs": ["resolved", 4, 0],
    });
    // Also over a restart.
    world = await world.restart();
    shelf.stock = "well";
    await world.advance(10 * minuteMs);
    expect(await issues(world)).toMatchObject({ "stock-differs": ["resolved", 4, 1] });
  },
);

test("a check of another key does not close it: each day stands for itself", async () => {
  const shelf = { stock: "low", price: "well" };
  const world = await World.open({
    files: checked('"$message.data.scheduledAt"'),
    arrange: ({ partners }) => {
      partners.answer = () => ({ body: shelf });
    },
  });
  await world.advance(11 * minuteMs);
  shelf.stock = "well";
  await world.advance(30 * minuteMs);
  expect(await issues(world)).toMatchObject({ "stock-differs": ["open", 1, 0] });
});
