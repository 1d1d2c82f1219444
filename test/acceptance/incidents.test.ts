import { expect, test } from "vitest";
import { adapterText, shopTextWithGapCheck, texts } from "./world/texts.ts";
import { made, World } from "./world/world.ts";

const minuteMs = 60_000;

/** A team that is told of everything by webhook. */
const told = (changes: Readonly<Record<string, string>>) => {
  const files = texts(changes);
  const team = "teams: { ops: { contact: ops@example.com } }";
  const notify = `teams: { ops: { contact: ops@example.com, notify: [{ webhook: "\${ $env.PARTNERS_URL & '/hook' }", from: low }] } }`;
  return { ...files, "sluice.yaml": (files["sluice.yaml"] ?? "").replace(team, notify) };
};

interface Shown {
  readonly kind: string;
  readonly step: string;
  readonly status: string;
  readonly [member: string]: unknown;
}

/** Incidents, the newest first; failures of records are issues of their own. */
async function incidents(world: World): Promise<readonly Shown[]> {
  const answer = await world.admin("GET", "/issues?status=any");
  const { items } = (await answer.json()) as { items: readonly Shown[] };
  return items.filter(({ kind }) => kind === "incident");
}

/** What the team heard of incidents, in order. */
function heard(world: World): readonly string[] {
  return world.partners
    .to("hook")
    .flatMap(({ body }) => (body["data"] as { issues: readonly Shown[] }).issues)
    .filter(({ code }) => String(code).startsWith("incident/"))
    .map(({ what, step }) => `${String(what)} ${step}`);
}

const circuitOf = (text: string) =>
  told({
    "flows/system/erp.erp-one.yaml": adapterText("erp", text),
  });

test("an open circuit is one issue: told once, over restarts, and closed when a probe succeeds", async () => {
  let world = await World.open({
    files: circuitOf("circuit: { failures: 3, within: 10m, open: 5m }\n"),
    arrange: ({ partners }) => {
      partners.answer = ({ system }) => (system === "erp" ? { status: 503 } : {});
    },
  });
  await world.tell(made("1", "1"), made("2", "2"));
  await world.advance(2 * minuteMs);
  expect(await incidents(world)).toMatchObject([
    {
      step: "circuit erp-one",
      status: "open",
      category: "high",
      team: "ops",
      system: "erp",
      code: "incident/circuit",
      failures: 1,
    },
  ]);
  await world.advance(10 * minuteMs);
  world = await world.restart();
  await world.advance(2 * minuteMs);
  expect(await incidents(world)).toMatchObject([{ status: "open", failures: 1, reopened: 0 }]);
  expect(heard(world)).toEqual(["opened circuit erp-one"]);
  const [first] = await incidents(world);
  const shown = await world.admin("GET", `/issues/${String(first?.["number"])}`);
  expect(await shown.json()).toMatchObject({ affected: [], notices: [{ what: "opened" }] });

  world.partners.answer = () => ({});
  await world.tell(made("3", "3"));
  await world.advance(10 * minuteMs);
  expect(await incidents(world)).toMatchObject([
    { status: "resolved", changedBy: "sluice", comment: "it is over by itself" },
  ]);
  expect(heard(world)).toEqual(["opened circuit erp-one", "resolved circuit erp-one"]);
});

test("one that came to its end while the engine was down is closed at the start", async () => {
  const files = circuitOf("circuit: { failures: 3, within: 10m, open: 5m }\n");
  let world = await World.open({
    files,
    arrange: ({ partners }) => {
      partners.answer = ({ system }) => (system === "erp" ? { status: 503 } : {});
    },
  });
  await world.tell(made("1", "1"), made("2", "2"));
  await world.advance(2 * minuteMs);
  world = await world.restart({ files: circuitOf("") });
  await world.idle();
  expect(await incidents(world)).toMatchObject([{ step: "circuit erp-one", status: "resolved" }]);
});

test("a workspace that was refused is an issue with its finding, until it is sound again", async () => {
  const world = await World.open({ files: told({}) });
  const sound = world.files;
  world.files = { ...sound, "flows/process/post-thing.yaml": "flow: post-thing\nsteps: []\n" };
  await world.advance(2 * minuteMs);
  expect(await incidents(world)).toMatchObject([
    {
      step: "reload workspace",
      status: "open",
      category: "normal",
      team: "ops",
      title: expect.stringMatching(/refused: flows\/process\/post-thing\.yaml:\d+:\d+: /) as string,
    },
  ]);
  await world.advance(10 * minuteMs);
  world.files = sound;
  await world.advance(2 * minuteMs);
  expect(await incidents(world)).toMatchObject([{ status: "resolved", failures: 1 }]);
  world.files = { ...sound, "flows/process/post-thing.yaml": "flow: post-thing\nsteps: {}\n" };
  await world.advance(2 * minuteMs);
  expect(await incidents(world)).toMatchObject([{ status: "open", failures: 2, reopened: 1 }]);
  expect(heard(world)).toEqual([
    "opened reload workspace",
    "resolved reload workspace",
    "returned reload workspace",
  ]);
});

test("what was over before anybody was told of it is told once, as it stands", async () => {
  let failures = 3;
  const world = await World.open({
    files: circuitOf("circuit: { failures: 3, within: 10m, open: 500ms }\n"),
    arrange: ({ partners }) => {
      partners.answer = ({ system }) => {
        if (system !== "erp" || failures === 0) return {};
        failures -= 1;
        return { status: 503 };
      };
    },
  });
  await world.tell(made("1", "1"), made("2", "2"), made("3", "3"));
  await world.advance(750);
  // Its request finds out that the partner is back.
  await world.tell(made("4", "4"));
  await world.advance(250);
  expect(heard(world)).toEqual([]);
  expect(await incidents(world)).toMatchObject([{ step: "circuit erp-one", status: "resolved" }]);
  await world.advance(2 * minuteMs);
  expect(heard(world)).toEqual(["resolved circuit erp-one"]);
});

test("a webhook with gaps is an issue until a check finds none, also over a restart", async () => {
  const list: unknown[] = [];
  let world = await World.open({
    files: told({
      "flows/system/shop.web-shop.yaml": shopTextWithGapCheck(),
    }),
    arrange: ({ partners }) => {
      partners.answer = ({ system, query }) =>
        system === "shop" ? { body: { rows: list.slice(Number(query["after"] ?? 0)) } } : {};
    },
  });
  const at = new Date(world.clock.now()).toISOString();
  list.push(
    { number: 1, id: "made-1", at, data: { id: "1", key: "1" } },
    { number: 2, id: "made-2", at, data: { id: "2", key: "2" } },
  );
  await world.advance(11 * minuteMs);
  expect(await incidents(world)).toMatchObject([
    {
      step: "gap web-shop.events",
      status: "open",
      title: "the webhook web-shop.events missed 2 messages: the gap check brought them",
    },
  ]);
  world.partners.answer = () => ({ status: 503 });
  world = await world.restart();
  await world.advance(1 * minuteMs);
  // Nobody knows yet whether there are more.
  expect(await incidents(world)).toMatchObject([{ status: "open" }]);
  world.partners.answer = () => ({ body: { rows: [] } });
  await world.advance(20 * minuteMs);
  expect(await incidents(world)).toMatchObject([{ status: "resolved" }]);
  expect(heard(world).at(0)).toBe("opened gap web-shop.events");
});

test("a log-in that fails for more than a minute is an issue, until it is granted", async () => {
  const session = adapterText(
    "erp",
    `auth:
  session:
    login: { post: /session, body: {}, result: "$response.body.token" }
    send: { X-Session: "\${ $session }" }
`,
  ).replace("auth: { none: true }\n", "");
  const world = await World.open({
    files: told({ "flows/system/erp.erp-one.yaml": session }),
    arrange: ({ partners }) => {
      partners.answer = ({ system, path }) =>
        system === "erp" && path === "/session" ? { status: 401 } : {};
    },
  });
  await world.tell(made("1", "1"));
  await world.advance(50_000);
  expect(await incidents(world)).toEqual([]);
  await world.advance(2 * minuteMs);
  expect(await incidents(world)).toMatchObject([
    {
      step: "session erp-one",
      class: "auth",
      category: "high",
      title: expect.stringMatching(
        /^erp-one takes no log-in since .* UTC: the log-in was refused: 401$/,
      ) as string,
    },
  ]);
  world.partners.answer = ({ path }) => ({ body: path === "/session" ? { token: "t" } : {} });
  await world.tell(made("2", "2"));
  await world.advance(10 * minuteMs);
  expect(await incidents(world)).toMatchObject([{ status: "resolved" }]);
});
