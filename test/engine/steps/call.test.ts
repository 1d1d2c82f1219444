/* oxlint-disable typescript/no-unsafe-argument, typescript/no-unsafe-assignment, typescript/no-unsafe-member-access, typescript/no-unsafe-return -- expressions of these tests read scopes freely */
import { describe, expect, test } from "vitest";
import {
  type EvaluationContext,
  factKey,
  type FactRequest,
} from "../../../engine/model/expression.ts";
import type { Json } from "../../../engine/model/json.ts";
import {
  adapter,
  type AnyScope,
  at,
  fact,
  flow,
  generation,
  mapping,
  mixed,
  schema,
  step,
  system,
  t,
  x,
} from "../core/plans.ts";
import { Stage } from "../core/stage.ts";

interface Setup {
  readonly operation: object;
  readonly adapter?: object;
  readonly common?: object;
  readonly beside?: object;
  readonly effect?: string;
  readonly schemas?: Parameters<typeof generation>[0]["schemas"];
  readonly mappings?: Parameters<typeof generation>[0]["mappings"];
  readonly contract?: object;
  readonly stage?: ConstructorParameters<typeof Stage>[1];
  readonly env?: object;
}

type CrosswalkRequest = Extract<FactRequest, { readonly kind: "xref" | "canonical" }>;

/** A flow of one call, `erp.do`, played by an adapter with one operation. */
function calling(setup: Setup): Stage {
  const plan = generation({
    flows: [
      flow("main", [
        step("call", "order", "erp.do", {
          common: { ...setup.common },
          beside: { ...setup.beside },
        }),
      ]),
    ],
    adapters: [adapter("tryton", { do: setup.operation }, { ...setup.adapter })],
    systems: [system("erp", { do: { effect: setup.effect ?? "create", ...setup.contract } })],
    ...(setup.schemas === undefined ? {} : { schemas: setup.schemas }),
    ...(setup.mappings === undefined ? {} : { mappings: setup.mappings }),
    ...(setup.env === undefined ? {} : { env: { ...setup.env } }),
  });
  return new Stage(plan, { data: { id: "7", lines: ["a", "b"] }, ...setup.stage });
}

const get = (path = "/orders", more = {}) => ({ request: { at, get: t(path), ...more } });
const post = (more = {}, operation = {}) => ({
  request: { at, post: t("/orders"), body: t({ id: (s: AnyScope) => s.input.id }), ...more },
  ...operation,
});
const result = (stage: Stage) => stage.run.results["steps.order"];
const own = "steps.order/request";

describe("a request", () => {
  test("is built whole: path, query, headers, body, defaults of the adapter", () => {
    const stage = calling({
      adapter: {
        baseUrl: t((s: AnyScope) => `${s.env.URL}/`),
        vars: { db: t((s: AnyScope) => `${s.env.URL}-db`) },
        request: {
          at,
          headers: { Accept: t("a"), "X-Db": t((s: AnyScope) => s.vars.db), "X-Null": t(null) },
          query: { lang: t("en") },
          timeout: 5000,
        },
      },
      env: { URL: { description: "d" } },
      stage: { env: { URL: "https://erp.example" }, data: { id: "a/b c", lines: ["x", "y"] } },
      operation: {
        request: {
          at,
          post: mixed(
            "/orders/",
            x((s) => s.input.id),
            "/lines?full=1",
          ),
          headers: { accept: t("b"), "X-Break": t("one\r\ntwo") },
          query: {
            n: t(3),
            none: t(null),
            list: t((s: AnyScope) => s.input.lines),
            absent: t(() => undefined),
          },
          body: t({ id: (s: AnyScope) => s.input.id }),
          encode: "form",
        },
      },
    }).start();
    expect(stage.delivery(own)).toMatchObject({
      system: "erp",
      adapter: "tryton",
      operation: "do",
      read: false,
      attempt: 0,
      due: stage.now,
      request: {
        method: "POST",
        url: "https://erp.example/orders/a%2Fb%20c/lines?full=1",
        query: { lang: "en", n: "3", list: ["x", "y"] },
        headers: { accept: "b", "x-db": "https://erp.example-db", "x-break": "one two" },
        body: { id: "a/b c" },
        encode: "form",
        timeoutMs: 5000,
      },
    });
  });

  test("without a body says so; a GET has none even where the adapter has a default", () => {
    const stage = calling({
      operation: get(),
      effect: "read",
      adapter: { request: { at, body: t({}) } },
    });
    expect(stage.start().delivery(own)).toMatchObject({
      read: true,
      request: { method: "GET", encode: "none", timeoutMs: 30_000 },
    });
    expect(stage.delivery(own).request).not.toHaveProperty("body");
    expect(stage.delivery(own)).not.toHaveProperty("effectKey");
  });

  test("takes its method from the adapter's defaults, and needs one", () => {
    const rpc = { request: { at, post: t("rpc"), body: t((s: AnyScope) => s.call) } };
    const stage = calling({
      adapter: rpc,
      operation: {
        request: {
          at,
          call: { method: t("sale.create"), params: t((s: AnyScope) => [s.input.id]) },
        },
      },
    }).start();
    expect(stage.delivery(own).request).toMatchObject({
      url: "https://erp.test/rpc",
      body: { method: "sale.create", params: ["7"] },
    });
    expect(calling({ operation: { request: { at } } }).start().problems[0]?.code).toBe(
      "call/no-method",
    );
  });

  test("an interpolated value may not change which resource a path names", () => {
    for (const value of ["", ".", ".."]) {
      const stage = calling({
        operation: {
          request: {
            at,
            get: mixed(
              "/orders/",
              x(() => value),
            ),
          },
        },
        effect: "read",
      });
      expect(stage.start().problems[0]?.code).toBe("call/path-segment");
    }
  });

  describe("a path that is an answer's value alone", () => {
    const following = (location: string) => {
      const told = { ...x((s: AnyScope) => s.requests.start), text: "$requests.start" };
      return calling({
        adapter: { baseUrl: t("https://erp.test/api") },
        operation: {
          requests: [
            { id: "start", at, get: t("/start"), result: x((s) => s.response.body.location) },
            { id: "next", at, get: mixed({ ...told }) },
          ],
        },
        effect: "read",
      })
        .start()
        .answer("steps.order/start", { location });
    };

    test.each([
      ["https://erp.test/jobs/7?version=1", "https://erp.test/jobs/7?version=1"],
      ["/jobs/7?version=1", "https://erp.test/jobs/7?version=1"],
      // No address: an id, encoded as ever.
      ["a/7", "https://erp.test/api/a%2F7"],
    ])("%s is asked at %s", (location, url) => {
      expect(following(location).delivery("steps.order/next").request.url).toBe(url);
    });

    test.each(["https://evil.example/jobs/7", "https://erp.test.evil.example/jobs/7"])(
      "%s is not asked: credentials would go along",
      (location) => {
        expect(following(location).problems[0]?.code).toBe("call/foreign-address");
      },
    );
  });

  test("a path that is one expression is encoded segment by segment", () => {
    const stage = calling({
      operation: { request: { at, get: t(() => "/a b/c?d") } },
      effect: "read",
    });
    expect(stage.start().delivery(own).request.url).toBe("https://erp.test/a%20b/c%3Fd");
    const bare = calling({ operation: { request: { at, get: t("") } }, effect: "read" });
    expect(bare.start().delivery(own).request.url).toBe("https://erp.test");
  });

  test("a mapping makes a body, its schema checks and its formats encode it", () => {
    const to = schema("vendor/sale", {
      properties: {
        total: { type: "string", format: "decimal" },
        date: { $ref: "#/$defs/day" },
        lines: { type: "array", items: { properties: { at: { format: "date-time" } } } },
        free: { additionalProperties: { type: "string", format: "decimal" } },
        note: { type: "string" },
      },
      $defs: { day: { type: "string", format: "date" } },
    });
    const codec = {
      at,
      tag: "__class__",
      types: {
        decimal: { at, tag: "Decimal", fields: { decimal: "text" } },
        date: { at, tag: "date", fields: { year: "year", month: "month", day: "day" } },
        "date-time": {
          at,
          tag: "datetime",
          fields: {
            year: "year",
            month: "month",
            day: "day",
            hour: "hour",
            minute: "minute",
            second: "second",
            microsecond: "microsecond",
          },
        },
      },
    };
    const stage = calling({
      adapter: { codec },
      schemas: [to],
      mappings: [
        mapping(
          "sale-out",
          (input) => ({
            id: input.id,
            total: "10.50",
            date: "2026-11-03",
            lines: { at: "2026-11-03T10:20:30.5Z" },
            free: { a: "1" },
            note: "n",
          }),
          "vendor/sale",
        ),
      ],
      operation: {
        request: {
          at,
          post: t("/"),
          body: t([
            { map: "sale-out" },
            { map: "unknown" },
            { map: "sale-out", with: { id: "w" } },
            1,
          ]),
        },
        result: t((s: AnyScope) => s.result),
      },
    }).start();
    const body = stage.delivery(own).request.body as readonly Json[];
    expect(body[0]).toEqual({
      id: "7",
      total: { __class__: "Decimal", decimal: "10.50" },
      date: { __class__: "date", year: 2026, month: 11, day: 3 },
      lines: [
        {
          at: {
            __class__: "datetime",
            year: 2026,
            month: 11,
            day: 3,
            hour: 10,
            minute: 20,
            second: 30,
            microsecond: 500_000,
          },
        },
      ],
      free: { a: { __class__: "Decimal", decimal: "1" } },
      note: "n",
    });
    expect(body[1]).toEqual({ map: "unknown" });
    expect(body[2]).toMatchObject({ id: "w" });
    stage.answer(own, [
      { __class__: "Decimal", decimal: "9.99" },
      { deep: { __class__: "date", year: 2026, month: 1, day: 2 } },
      {
        __class__: "datetime",
        year: 2026,
        month: 1,
        day: 2,
        hour: 3,
        minute: 4,
        second: 5,
        microsecond: 6000,
      },
      { __class__: "other", x: 1 },
    ]);
    expect(result(stage)).toEqual([
      "9.99",
      { deep: "2026-01-02" },
      "2026-01-02T03:04:05.006Z",
      { __class__: "other", x: 1 },
    ]);
  });

  test("bodies and `$call` values may be mappings", () => {
    const stage = calling({
      mappings: [mapping("out", (input) => ({ mapped: input }))],
      adapter: { request: { at, post: t("/"), body: t((s: AnyScope) => s.call.params) } },
      operation: { request: { at, call: { params: { at, map: "out", with: t("w") } } } },
    }).start();
    expect(stage.delivery(own).request.body).toEqual({ mapped: "w" });
    const whole = calling({
      mappings: [mapping("out", (input) => ({ mapped: input.id }))],
      operation: { request: { at, post: t("/"), body: { at, map: "out" } } },
    }).start();
    expect(whole.delivery(own).request.body).toEqual({ mapped: "7" });
    const member = calling({
      mappings: [mapping("out", (input) => ({ mapped: input.id }))],
      operation: {
        request: {
          at,
          post: t("/"),
          body: t({ order: { map: "out" }, other: { map: "out", more: 1 } }),
        },
      },
    }).start();
    expect(member.delivery(own).request.body).toEqual({
      order: { mapped: "7" },
      other: { map: "out", more: 1 },
    });
  });

  test("an unknown operation parks the run", () => {
    const plan = generation({
      flows: [flow("main", [step("call", "order", "erp.nothing")])],
      adapters: [adapter("tryton", {})],
    });
    expect(new Stage(plan).start().problems[0]?.code).toBe("call/unknown-operation");
  });

  test("an adapter may be called by its own name, and a system may name its player by region", () => {
    const operations = { look: { ...get("/x"), effect: undefined } };
    const plan = generation({
      flows: [
        flow("main", [step("call", "order", "tryton.look"), step("call", "two", "erp.look")]),
      ],
      adapters: [adapter("tryton", operations)],
      plays: { erp: { adapter: "tryton" } },
    });
    const stage = new Stage(plan)
      .start()
      .answer(own, { a: 1 })
      .answer("steps.two/request", { b: 1 });
    expect(stage.status).toBe("done");
    expect(stage.sent.map(({ system: name, read }) => [name, read])).toEqual([
      ["tryton", true],
      ["erp", true],
    ]);
  });
});

describe("input and output", () => {
  const strict = (name: string, wanted: string) =>
    schema(name, { properties: { list: { type: "array" } }, required: ["list"] }, (value) =>
      value?.[wanted] === undefined ? [`${wanted} is missing`] : [],
    );

  test("the input is mapped, shaped and checked before anything is sent", () => {
    const stage = calling({
      operation: post({ body: t((s: AnyScope) => s.input) }),
      contract: { input: "in" },
      schemas: [strict("in", "id")],
      mappings: [mapping("to-order", (input) => ({ id: input.given }))],
      beside: { with: t({ given: 5 }), map: "to-order" },
    }).start();
    expect(stage.delivery(own).request.body).toEqual({ id: 5, list: [] });
    const breach = calling({
      operation: post(),
      contract: { input: "in" },
      schemas: [strict("in", "nothing")],
    }).start();
    expect(breach.status).toBe("invalid");
    expect(breach.sent).toEqual([]);
    expect(breach.problems[0]?.code).toBe("call/input-breach");
  });

  test("an output that breaks the contract parks the run; a resume judges the answer anew and sends nothing", () => {
    let missing = true;
    const out = schema("out", {}, () => (missing ? ["id is missing"] : []));
    const stage = calling({ operation: post(), contract: { output: "out" }, schemas: [out] });
    stage.start().answer(own, { id: 1 });
    expect(stage.status).toBe("invalid");
    expect(stage.problems[0]?.code).toBe("call/output-breach");
    missing = false;
    stage.resume();
    expect(stage.status).toBe("done");
    expect(stage.sent).toHaveLength(1);
    expect(stage.sent[0]?.sends).toBe(1);
  });

  test("an answer that an expression of ours cannot read is judged again after a resume", () => {
    let broken = true;
    const stage = calling({
      operation: post({ result: x((s) => (broken ? s.no.thing : s.response.body.id)) }),
    });
    stage.start().answer(own, { id: 1 });
    expect(stage.status).toBe("invalid");
    broken = false;
    stage.resume();
    expect(result(stage)).toBe(1);
    expect(stage.sent[0]?.sends).toBe(1);
  });

  test("results come from the request, the adapter or the body; the output by template or mapping", () => {
    const read = (operation: object, more: Partial<Setup> = {}) =>
      result(
        calling({ operation, effect: "read", ...more })
          .start()
          .answer(own, { v: { w: 1 } }),
      );
    const inner = { request: { at, result: x((s) => s.response.body.v) } };
    expect(read(get())).toEqual({ v: { w: 1 } });
    expect(read(get(), { adapter: inner })).toEqual({ w: 1 });
    expect(read(get("/", { result: x((s) => s.result.v.w) }), { adapter: inner })).toBe(1);
    expect(read(get("/", { result: x(() => undefined) }))).toBeNull();
    expect(
      read({
        ...get(),
        result: t({
          n: (s: AnyScope) => s.requests.request.v.w,
          status: (s: AnyScope) => s.response.status,
        }),
      }),
    ).toEqual({ n: 1, status: 200 });
    expect(read({ ...get(), result: t(() => undefined) })).toBeNull();
    const mappings = [mapping("in", (input) => ({ got: input }))];
    expect(read({ ...get(), result: { at, map: "in" } }, { mappings })).toEqual({
      got: { v: { w: 1 } },
    });
    expect(read({ ...get(), result: { at, map: "in", with: t("x") } }, { mappings })).toEqual({
      got: "x",
    });
    expect(
      read({ ...get(), result: { at, map: "in", with: t(() => undefined) } }, { mappings }),
    ).toEqual({ got: null });
  });

  test("ids are linked in the crosswalk; what has none is not", () => {
    const link = (id: unknown) => ({
      at,
      entity: "order",
      canonical: x((s) => s.input.id),
      id: x(() => id),
    });
    const stage = calling({ operation: post({}, { link: [link(99), link(null)] }) });
    stage.start().answer(own, {});
    expect(stage.last?.links).toEqual([
      { entity: "order", canonicalId: "7", system: "erp", id: "99" },
    ]);
  });

  test("the step after a link knows the id, though both are one decision", () => {
    const about = { entity: "order", system: "erp" } as const;
    const link = { at, entity: "order", canonical: x(() => "7"), id: x(() => "99") };
    const asks = (request: Omit<CrosswalkRequest, keyof typeof about>) =>
      t((_: AnyScope, context: EvaluationContext) => fact(context, { ...about, ...request }));
    const known = {
      before: asks({ kind: "xref", id: "8" }),
      id: asks({ kind: "xref", id: "7" }),
      back: asks({ kind: "canonical", id: "99" }),
    };
    const plan = generation({
      flows: [flow("main", [step("call", "order", "erp.do"), step("set", "known", known)])],
      adapters: [adapter("tryton", { do: post({}, { link: [link] }) })],
      systems: [system("erp", { do: { effect: "create" } })],
    });
    const stage = new Stage(plan, { data: { id: "7" } });
    stage.start().answer(own, {});
    expect(stage.run.results["steps.known"]).toEqual({ before: null, id: "99", back: "7" });
    expect(stage.decisions).toHaveLength(2);
  });

  test("an operation without requests gives its result at once", () => {
    const stage = calling({ operation: { result: t({ n: 1 }) } }).start();
    expect(result(stage)).toEqual({ n: 1 });
    const none = calling({ operation: {} }).start();
    expect(result(none)).toBeNull();
  });
});

describe("several requests", () => {
  test("run in order, each journaled; conditions skip; later ones read earlier results", () => {
    const stage = calling({
      operation: {
        requests: [
          { at, id: "find", post: t("/find"), body: t({}) },
          {
            at,
            id: "create",
            if: x((s) => s.requests.find.length === 0),
            post: t("/create"),
            body: t({}),
            inDoubt: { kind: "resend", value: "safe" },
          },
          { at, id: "read", get: t("/read") },
        ],
        result: t({ created: (s: AnyScope) => s.requests.create, last: (s: AnyScope) => s.result }),
      },
    }).start();
    // A POST that does not say that it does no harm may change something.
    expect(stage.delivery("steps.order/find").read).toBe(false);
    stage.answer("steps.order/find", []);
    expect(stage.delivery("steps.order/create")).toMatchObject({ read: false, markSent: false });
    stage.answer("steps.order/create", { id: 1 });
    stage.answer("steps.order/read", { id: 1, ok: true });
    expect(result(stage)).toEqual({ created: { id: 1 }, last: { id: 1, ok: true } });

    const found = calling({
      operation: stage.generation.adapters.get("tryton")?.operations["do"] as object,
    });
    found.start().answer("steps.order/find", [1]).answer("steps.order/read", { ok: true });
    expect(found.paths()).toEqual(["steps.order/find", "steps.order/read"]);
    expect(result(found)).toMatchObject({ created: null });
  });

  test("`each` sends one per item and gives a list", () => {
    const each = (items: unknown) => ({
      requests: [
        { at, id: "tax", each: x(() => items), post: t("/tax"), body: t((s: AnyScope) => s.item) },
      ],
      result: t((s: AnyScope) => s.requests.tax),
    });
    const stage = calling({ operation: each(["a", "b"]), effect: "read" }).start();
    stage.answer("steps.order/tax[0]", 1).answer("steps.order/tax[1]", 2);
    expect(stage.sent.map(({ request }) => request.body)).toEqual(["a", "b"]);
    expect(result(stage)).toEqual([1, 2]);
    expect(result(calling({ operation: each([]), effect: "read" }).start())).toEqual([]);
    expect(result(calling({ operation: each(null), effect: "read" }).start())).toEqual([]);
    expect(result(calling({ operation: each(undefined), effect: "read" }).start())).toEqual([]);
    const one = calling({ operation: each("only"), effect: "read" }).start();
    expect(result(one.answer("steps.order/tax[0]", 1))).toEqual([1]);
  });

  test("`use` sends a template's requests under one id, once per item", () => {
    const wizard = [
      {
        at,
        id: "create",
        post: t("/wizard"),
        call: { name: t((s: AnyScope) => `${s.call.name}.create`) },
        body: t((s: AnyScope) => s.call),
      },
      { at, id: "maybe", if: x((s) => s.call.name === "b"), post: t("/maybe"), body: t({}) },
      { at, id: "delete", post: t("/delete"), body: t((s: AnyScope) => s.requests.create) },
    ];
    const stage = calling({
      adapter: { templates: { wizard } },
      operation: {
        requests: [
          {
            at,
            id: "go",
            each: x((s) => s.input.lines),
            use: "wizard",
            with: { name: t((s: AnyScope) => s.item), none: t(() => undefined) },
            inDoubt: { kind: "resend", value: "safe" },
          },
        ],
        result: t((s: AnyScope) => s.requests.go),
      },
    }).start();
    expect(stage.delivery("steps.order/go.create[0]").request.body).toEqual({
      name: "a.create",
      none: null,
    });
    stage.answer("steps.order/go.create[0]", { session: 1 });
    expect(stage.delivery("steps.order/go.delete[0]").request.body).toEqual({ session: 1 });
    stage.answer("steps.order/go.delete[0]", null);
    stage.answer("steps.order/go.create[1]", { session: 2 });
    stage.answer("steps.order/go.maybe[1]", "m");
    stage.answer("steps.order/go.delete[1]", null);
    expect(result(stage)).toEqual([
      { create: { session: 1 }, maybe: null, delete: null },
      { create: { session: 2 }, maybe: "m", delete: null },
    ]);
  });

  test("a conflict goes back to an earlier request, whose answer is read anew", () => {
    const conflict = {
      at,
      when: x((s) => s.response.status === 409),
      class: "transient",
      againFrom: "find",
    };
    const stage = calling({
      operation: {
        requests: [
          { at, id: "find", get: t("/find") },
          {
            at,
            id: "write",
            put: t("/write"),
            body: t((s: AnyScope) => s.requests.find),
            errors: [conflict],
            inDoubt: { kind: "resend", value: "safe" },
          },
        ],
      },
    }).start();
    stage.answer("steps.order/find", { v: 1 }).answer("steps.order/write", "stale", 409);
    expect(stage.delivery("steps.order/find~1").due).toBeGreaterThan(stage.now);
    stage.answer("steps.order/find~1", { v: 2 });
    expect(stage.delivery("steps.order/write~1").request.body).toEqual({ v: 2 });
    expect(stage.delivery("steps.order/write~1").effectKey).toBe(
      stage.delivery("steps.order/write").effectKey,
    );
    expect(stage.answer("steps.order/write~1", {}).status).toBe("done");
  });

  test("outcomes of deliveries that are not open change nothing", () => {
    const stage = calling({ operation: post() }).start();
    const before = stage.run.state.nodes["steps.order"]?.memo;
    stage.on({
      kind: "outcome",
      deliveryId: "?",
      path: "steps.order/old",
      crashed: false,
      outcome: { kind: "not-sent", reason: "", ms: 0 },
    });
    stage.on({ kind: "timer", path: "steps.order", name: "settle" });
    stage.on({ kind: "timer", path: "steps.order", name: "wait" });
    stage.matched("steps.order", {});
    expect(stage.run.state.nodes["steps.order"]?.memo).toEqual(before);
  });
});

describe("pages", () => {
  const page = {
    at,
    items: x((s) => s.response.body.rows),
    start: { offset: t(0), none: t(() => undefined) },
    next: { offset: x((s) => s.cursor.offset + 2), gone: x(() => undefined) },
    while: x((s) => s.response.body.more),
    max: 5,
  };
  const paged = (more = {}) =>
    calling({
      effect: "read",
      operation: {
        request: { at, get: t("/rows"), query: { o: t((s: AnyScope) => s.cursor.offset) } },
        page: { ...page, ...more },
      },
    }).start();

  test("are followed, and their rows are one result", () => {
    const stage = paged().answer(own, { rows: [1, 2], more: true });
    expect(stage.delivery("steps.order/request#1").request.query).toEqual({ o: "2" });
    stage.answer("steps.order/request#1", { rows: 3, more: false });
    expect(result(stage)).toEqual([1, 2, 3]);
  });

  test("more rows than `max` park the run: nothing is cut off silently", () => {
    const stage = paged().answer(own, { rows: [1, 2, 3, 4, 5, 6], more: false });
    expect(stage.problems[0]?.code).toBe("call/too-many-rows");
  });

  const linked = (next: Json) =>
    calling({
      effect: "read",
      adapter: { baseUrl: t("https://erp.example/api") },
      operation: {
        request: { at, get: t("/rows"), query: { $top: t("2") } },
        page: {
          at,
          items: x((s) => s.response.body.value),
          nextUrl: x((s) => s.response.body.next),
          while: x((s) => s.response.body.next !== undefined),
          max: 5,
        },
      },
    })
      .start()
      .answer(own, { value: [1, 2], next });

  test("may be at addresses that the partner gives", () => {
    const next = "https://erp.example/other/rows?$skiptoken=a%20b";
    const stage = linked(next);
    const { request } = stage.delivery("steps.order/request#1");
    expect([request.url, request.query]).toEqual([next, undefined]);
    stage.answer("steps.order/request#1", { value: 3 });
    expect(result(stage)).toEqual([1, 2, 3]);
  });

  test("may be at addresses relative to the page before, again and again", () => {
    const stage = linked("rows?page=2");
    const second = "steps.order/request#1";
    expect(stage.delivery(second).request.url).toBe("https://erp.example/api/rows?page=2");
    stage.answer(second, { value: [3], next: "?page=3" });
    const third = "steps.order/request#2";
    expect(stage.delivery(third).request.url).toBe("https://erp.example/api/rows?page=3");
    stage.answer(third, { value: [4] });
    expect(result(stage)).toEqual([1, 2, 3, 4]);
  });

  test.each(["https://evil.example/rows", 7, null])(
    "at %s are not asked for: credentials would go along",
    (next) => {
      expect(linked(next).problems[0]?.code).toBe("call/foreign-page");
    },
  );

  test("need neither a start nor values for the next", () => {
    const stage = calling({
      effect: "read",
      operation: {
        request: { at, get: t("/rows") },
        page: { at, items: x(() => undefined), while: x((s) => s.response.body.more), max: 5 },
      },
    }).start();
    stage.answer(own, { more: true }).answer("steps.order/request#1", { more: false });
    expect(result(stage)).toEqual([]);
  });
});

describe("reference tables", () => {
  const request = { kind: "reference", adapter: "tryton", table: "currency", key: "EUR" } as const;
  const reading = (row: unknown = (s: AnyScope) => s.result[0], more = {}) => ({
    adapter: {
      reference: {
        currency: {
          at,
          get: mixed(
            "/currency/",
            x((s) => s.call.key),
          ),
          row: x(row as never),
          ttl: 1000,
          ...more,
        },
      },
    },
    operation: post({ body: t({ c: (_: AnyScope, context: AnyScope) => fact(context, request) }) }),
  });
  const path = "steps.order/ref:currency:EUR";

  test("are read when the cache does not have the row, and kept", () => {
    const stage = calling(reading()).start();
    expect(stage.delivery(path)).toMatchObject({
      read: true,
      request: { url: "https://erp.test/currency/EUR" },
    });
    stage.answer(path, [{ id: 3 }]);
    expect(stage.last?.caches).toEqual([
      {
        key: factKey(request),
        value: { id: 3 },
        fetchedAt: stage.now,
        expiresAt: stage.now + 1000,
      },
    ]);
    expect(stage.delivery(own).request.body).toEqual({ c: { id: 3 } });
    expect(stage.answer(own, {}).status).toBe("done");
  });

  test("a cached row needs no request; a row read stays with the call though the cache forgot it", () => {
    const facts = new Map<string, Json>([[factKey(request), { id: 4 }]]);
    const stage = calling({ ...reading(), stage: { facts } }).start();
    expect(stage.delivery(own).request.body).toEqual({ c: { id: 4 } });
    const forgot = calling(reading()).start();
    forgot.answer(path, [{ id: 3 }]);
    forgot.facts.delete(factKey(request));
    forgot.answer(own, "busy", 503);
    expect(forgot.status).toBe("active");
  });

  test("a key without row parks the run: there is no default", () => {
    const stage = calling(reading(() => undefined))
      .start()
      .answer(path, []);
    expect(stage.problems[0]?.code).toBe("call/unknown-reference-key");
    stage.resume();
    expect(stage.paths()).toEqual([path, `${path}~1`]);
  });

  test("failures are retried, crashes sent again at once", () => {
    const stage = calling(reading()).start().unknown(path, true);
    expect(stage.delivery(path).sends).toBe(2);
    expect(stage.run.state.nodes["steps.order"]?.failures).toBe(0);
    stage.unknown(path);
    expect(stage.run.state.nodes["steps.order"]).toMatchObject({ status: "retrying", failures: 1 });
    stage.answer(path, "busy", 503);
    expect(stage.delivery(path).sends).toBe(4);
    stage.answer(path, [{ id: 3 }]);
    expect(stage.answer(own, {}).status).toBe("done");
  });

  test("a table that the adapter lacks parks the run", () => {
    const { operation } = reading();
    expect(calling({ operation }).start().problems[0]?.code).toBe("call/unknown-reference");
  });

  test("a row that an answer needs is read before the answer is judged again", () => {
    const setup = reading();
    const stage = calling({
      ...setup,
      operation: post({ result: x((_, context) => fact(context, request)) }),
    }).start();
    stage.answer(own, {});
    expect(stage.status).toBe("active");
    stage.answer(path, [{ id: 3 }]);
    expect(result(stage)).toEqual({ id: 3 });
    expect(stage.delivery(own).sends).toBe(1);
  });
});

describe("cached look-ups", () => {
  const cache = { at, fresh: 1000, stale: 60_000 };
  const looking = (beside: object, stage = {}) =>
    calling({ operation: get(), effect: "read", beside, stage });

  test("a fresh answer is used without a call, with its age", () => {
    const first = looking({ cache }).start().answer(own, { ok: true });
    expect(result(first)).toEqual({ ok: true, asOf: "2023-11-14T22:13:20Z", stale: false });
    const [entry] = first.last?.caches ?? [];
    expect(entry).toMatchObject({ expiresAt: first.now + 60_000 });
    const second = looking({ cache }, { facts: first.facts });
    second.now += 1000;
    expect(result(second.start())).toEqual({
      ok: true,
      asOf: "2023-11-14T22:13:20Z",
      stale: false,
    });
    expect(second.sent).toEqual([]);
    const third = looking({ cache }, { facts: first.facts });
    third.now += 1001;
    expect(third.start().sent).toHaveLength(1);
    third.answer(own, "down", 503);
    expect(result(third)).toMatchObject({ ok: true, stale: true });
    const fourth = looking({ cache }, { facts: first.facts });
    fourth.now += 60_001;
    fourth.start().answer(own, "down", 503);
    expect(fourth.status).toBe("active");
  });

  test("its key says what the answer depends on; values that are no objects get a name", () => {
    const keyed = { at, fresh: 1000, key: x((s) => s.message.data.id) };
    const first = looking({ cache: keyed }).start().answer(own, 5);
    expect(result(first)).toEqual({ value: 5, asOf: "2023-11-14T22:13:20Z", stale: false });
    const other = looking({ cache: keyed }, { facts: first.facts, data: { id: "8" } }).start();
    expect(other.sent).toHaveLength(1);
    other.answer(own, "down", 503);
    expect(other.status).toBe("active");
    const none = looking({ cache: { ...keyed, key: x(() => undefined) } }).start();
    expect(none.sent).toHaveLength(1);
  });

  test("only the failures that are named let an old answer stand in", () => {
    const first = looking({ cache }).start().answer(own, { ok: true });
    const second = looking({ cache: { ...cache, staleOn: ["auth"] } }, { facts: first.facts });
    second.now += 2000;
    second.start().answer(own, "down", 503);
    expect(second.status).toBe("active");
    second.answer(own, "no", 403);
    expect(result(second)).toMatchObject({ stale: true });
  });
});
