import { expect, test } from "vitest";
import { adapterText, callText, flowText, texts } from "./world/texts.ts";
import { World, made } from "./world/world.ts";

/** `create` as the test says it; the others as they are. */
const creating = (create: string, more = "", operations = "") =>
  texts({
    "flows/system/erp.erp-one.yaml": adapterText("erp", more, operations).replace(
      /^ {2}create: .*\n/m,
      () => create,
    ),
    "flows/process/post-thing.yaml": flowText(
      callText("erp", "create", "    retry: { max: 3, backoff: 1s, factor: 1 }\n"),
    ),
  });

const verified = creating(
  `  create:
    request: { post: /things, body: "\${ $input }" }
    in-doubt: { resend: same-key }
    verify:
      read: thing
      that: "$result.state = 'confirmed'"
      within: 10s
      every: 2s
`,
  `lookups: { thing: { get: "/things/\${ $input.id }" } }`,
);

test("what the partner says is done is read back until it shows, and the write is sent once", async () => {
  const world = await World.open({ files: verified });
  world.partners.answer = ({ method }, count) =>
    method === "POST" ? {} : { body: { state: count < 4 ? "draft" : "confirmed" } };
  await world.tell(made("1"));
  const [early] = (await world.lastRun()).deliveries;
  expect(early?.stage).toBe("acknowledged");
  expect(await world.statuses()).toEqual({ active: 1 });
  await world.advance(10_000);
  const run = await world.lastRun();
  expect(run.status).toBe("done");
  expect(run.deliveries[0]?.stage).toBe("verified");
  expect(run.history.filter(({ what }) => what === "verified")).toHaveLength(1);
  expect(world.partners.story).toEqual(["erp POST /things 1", ...three("erp GET /things/1")]);
});

const three = (line: string) => [line, line, line];

test("a success that never shows is a failure, and the write is still sent once", async () => {
  const world = await World.open({ files: verified });
  world.partners.answer = ({ method }) => (method === "POST" ? {} : { body: { state: "draft" } });
  await world.tell(made("1"));
  await world.advance(3_600_000);
  const run = await world.lastRun();
  expect(run).toMatchObject({
    status: "failed",
    error: { class: "business", code: "not-verified", detail: { state: "draft" } },
  });
  expect(run.error?.message).toContain("$result.state = 'confirmed'");
  expect(run.deliveries[0]?.stage).toBe("unverified");
  expect(world.partners.story.filter((line) => line.includes("POST"))).toHaveLength(1);
});

test("a look that fails is tried again, and what nobody finds is no success", async () => {
  const world = await World.open({ files: verified });
  let looks = 0;
  world.partners.answer = ({ method }) => {
    if (method === "POST") return {};
    looks += 1;
    return looks === 1 ? { status: 503 } : { status: 404 };
  };
  await world.tell(made("1"));
  await world.advance(3_600_000);
  // Its record may be gone, which no expression reads: a person mends the adapter, and it goes on.
  expect((await world.lastRun()).status).toBe("invalid");
  expect(world.partners.story.filter((line) => line.includes("POST"))).toHaveLength(1);
});

test("an error within a 200, and a refused change that is answered 200, fail as what they are", async () => {
  const files = creating(
    `  create:
    request: { post: /things, body: "\${ $input }" }
    in-doubt: { resend: same-key }
    errors:
      - when: "$contains($response.body.text, 'could not be changed')"
        class: business
        code: change-refused
        message: "\${ $response.body.text }"
`,
    `errors:
  - { when: "$exists($response.body.error)", class: business, code: erp-refused, message: "\${ $response.body.error }" }`,
  );
  const world = await World.open({ files });
  const answers = [
    { body: { error: "no such customer" } },
    { body: { text: "RT/4.4 200 Ok: Owner could not be changed" } },
  ];
  world.partners.answer = (_, count) => answers[count - 1] ?? {};
  const failures = [];
  for (const id of ["1", "2", "3"]) {
    await world.tell(made(id));
    failures.push((await world.lastRun()).error);
  }
  expect(failures.map((failure) => failure?.code)).toEqual([
    "erp-refused",
    "change-refused",
    undefined,
  ]);
  expect(failures[0]?.message).toBe("no such customer");
  expect(await world.statuses()).toEqual({ failed: 2, done: 1 });
});

test("a record that another has changed meanwhile is read anew and written again, and not for ever", async () => {
  const files = creating(`  create:
    requests:
      - { id: read, get: "/things/\${ $input.id }" }
      - id: write
        put: "/things/\${ $input.id }"
        headers: { If-Match: "\${ $requests.read.version }" }
        body: { id: "\${ $input.id }", version: "\${ $requests.read.version }" }
        in-doubt: { resend: safe }
    errors:
      - { when: "$response.status in [409, 412, 423]", class: transient, code: changed-meanwhile, again-from: read }
`);
  const world = await World.open({ files });
  let version = 1;
  let conflicts = 2;
  world.partners.answer = ({ method, headers }) => {
    if (method === "GET") return { body: { version: `v${version}` } };
    if (conflicts > 0) {
      conflicts -= 1;
      version += 1;
    }
    return headers["if-match"] === `v${version}` ? {} : { status: 412 };
  };
  await world.tell(made("1"));
  await world.advance(60_000);
  expect(await world.statuses()).toEqual({ done: 1 });
  const writes = world.partners.seen.filter(({ method }) => method === "PUT");
  expect(writes.map(({ headers }) => headers["if-match"])).toEqual(["v1", "v2", "v3"]);

  conflicts = Infinity;
  await world.tell(made("2"));
  await world.advance(3_600_000);
  expect((await world.lastRun()).error).toMatchObject({ code: "changed-meanwhile" });
  expect(world.partners.seen.filter(({ method }) => method === "PUT")).toHaveLength(3 + 4);
});

test("a session that ends between two requests is renewed once for all, and each write is sent once more at most", async () => {
  const files = creating(
    `  create:
    requests:
      - { id: first, post: /first, body: "\${ $input }", in-doubt: { resend: same-key } }
      - { id: second, post: /second, body: "\${ $input }", in-doubt: { resend: same-key } }
`,
    "concurrency: 8",
  );
  loggingIn(files);
  const world = await World.open({ files });
  let session = 0;
  let valid = 0;
  world.partners.answer = ({ path, headers }) => {
    if (path === "/login") {
      session += 1;
      valid = session;
      return { body: { token: `s${session}` } };
    }
    if (headers["x-session"] !== `s${valid}`) return { status: 401 };
    // The session dies as soon as a first request is done.
    if (path === "/first" && session === 1) valid = 0;
    return {};
  };
  await world.tell(...["a", "b", "c", "d", "e"].map((id) => made(id, id)));
  await world.advance(60_000);
  expect(await world.statuses()).toEqual({ done: 5 });
  expect(world.partners.seen.filter(({ path }) => path === "/login")).toHaveLength(2);
  expect(world.partners.effects("erp").size).toBe(10);
});

/** Logs in, instead of no credentials. */
function loggingIn(files: Record<string, string>): void {
  const path = "flows/system/erp.erp-one.yaml";
  files[path] = (files[path] ?? "").replace(
    "auth: { none: true }",
    `auth:
  session:
    login: { post: /login, body: {}, result: "$response.body.token" }
    send: { X-Session: "\${ $session }" }`,
  );
}

const doubt = (policy: string, more = "") =>
  creating(
    `  create:
    request: { post: /things, body: "\${ $input }" }
    in-doubt: ${policy}
`,
    more,
  );
const lookups = `lookups: { thing: { get: "/things/\${ $input.id }" } }`;

test("what may have happened is shown as in doubt while it is found out about, and no more after", async () => {
  const world = await World.open({
    files: doubt("{ lookup: thing, settle: 30s }", lookups),
  });
  world.partners.answer = ({ method }) =>
    method === "POST" ? "drop" : { body: { number: "N-1" } };
  await world.tell(made("1"));
  const run = await world.lastRun();
  expect(run).toMatchObject({ status: "active", doubts: 1 });
  expect(run.deliveries[0]?.stage).toBe("in-doubt");
  expect((await world.serving.store.read.counts())["doubts"]).toBe(1);
  const next = await world.restart();
  expect((await next.serving.store.read.counts())["doubts"]).toBe(1);
  await next.advance(60_000);
  const settled = await next.lastRun();
  expect(settled.status).toBe("done");
  expect(settled.doubts).toBeUndefined();
  expect(settled.deliveries[0]?.stage).toBe("acknowledged");
  const story = settled.history.filter(({ what }) => /doubt/.test(what));
  expect(story.map(({ what, detail }) => [what, detail])).toMatchObject([
    ["in-doubt", { next: "look-up" }],
    ["doubt-settled", { as: "happened" }],
  ]);
  expect(world.partners.story.filter((line) => line.includes("POST"))).toHaveLength(1);
});

test("by the same key it is sent again, and without a way to ask it waits for a person", async () => {
  const again = await World.open({ files: doubt("{ resend: same-key }") });
  again.partners.answer = (_, count) => (count === 1 ? "drop" : {});
  await again.tell(made("1"));
  expect(await again.lastRun()).toMatchObject({ status: "active", doubts: 1 });
  await again.advance(60_000);
  expect(await again.lastRun()).toMatchObject({ status: "done" });
  expect((await again.serving.store.read.counts())["doubts"]).toBe(0);
  expect(again.partners.effects("erp").size).toBe(1);

  const parked = await World.open({ files: doubt("{ park: true }") });
  parked.partners.answer = () => "drop";
  await parked.tell(made("1"));
  await parked.advance(3_600_000);
  const run = await parked.lastRun();
  expect(run.status).toBe("in-doubt");
  expect(run.deliveries[0]?.stage).toBe("in-doubt");
  expect(parked.partners.seen).toHaveLength(1);
});
