import { describe, expect, test } from "vitest";
import { errorOf, place, render, scalar, template } from "./kit.ts";

const scope = {
  message: { data: { id: "O-1", n: 2, flag: true, none: null, lines: [{ sku: "a" }] } },
};

describe("a text with expressions", () => {
  test.each([
    ["${ $message.data.n }", 2],
    ["${ $message.data.lines }", [{ sku: "a" }]],
    ["${ $message.data.none }", null],
    ["  ${ $message.data.flag }\n", true],
    ["order ${ $message.data.id }: ${ $message.data.n }", "order O-1: 2"],
    ["${ {'a': {'b': '}'}} }", { a: { b: "}" } }],
    ["${ '\"}' & \"'}\" }", "\"}'}"],
    ["${ $message.data.`id` /* } */ }!", "O-1!"],
    ["${ $replace($message.data.id, /\\}|-/, '_') }", "O_1"],
    ["${ $message.data.n / 2 / 1 }", 1],
    ["\\${ kept } ${ 1 }", "${ kept } 1"],
    ["plain { text } $5", "plain { text } $5"],
    ["", ""],
    ["a${ $optional($message.data.x) }b", "ab"],
  ])("%s", (text, expected) => {
    expect(render(text, scope)).toEqual(expected);
  });

  test("cannot hold a list, an object or null", () => {
    for (const path of ["lines", "lines[0]", "none"]) {
      const error = errorOf(() => render(`x \${ $message.data.${path} }`, scope));
      expect(error.code).toBe("mapping/no-text");
    }
  });

  test("has its findings at their place in the file", () => {
    const { diagnostics, template: none } = template("id ${ $mesage.x } ${ foo }");
    expect(none).toBeUndefined();
    expect(diagnostics.map(({ at, code }) => [at.column, at.length, code])).toEqual([
      [7, 7, "mapping/unknown-root"],
      [22, 3, "mapping/unrooted-name"],
    ]);
  });

  test.each(["${ $message", "${ 'abc }", "${ /* }", "a ${ { }"])("must close: %s", (text) => {
    const { diagnostics } = template(text);
    expect(diagnostics.map(({ code }) => code)).toEqual(["mapping/open-template"]);
    expect(diagnostics[0]?.at.column).toBe(text.indexOf("${") + 1);
  });

  test("errors of evaluation have their place in the file", () => {
    const error = errorOf(() => render("id: ${ $message.data.x }", scope));
    expect(error.at).toMatchObject({ file: "flows/a.yaml", column: 22, length: 1 });
  });
});

describe("a tree of templates", () => {
  const at = place.ref(0, 1);

  test("keeps what is constant and fills in the rest", () => {
    const node = {
      kind: "map" as const,
      at,
      entries: [
        { key: "a", value: scalar(1) },
        { key: "b", value: scalar("${ $message.data.id }") },
        { key: "c", value: scalar("${ $optional($message.data.x) }") },
        {
          key: "d",
          value: {
            kind: "list" as const,
            at,
            items: [scalar("${ $optional($message.data.x) }"), scalar("x")],
          },
        },
        { key: "__proto__", value: scalar("inert") },
      ],
    };
    const result = render(node, scope);
    expect(JSON.stringify(result)).toBe('{"a":1,"b":"O-1","d":["x"],"__proto__":"inert"}');
    expect(template(node).template?.expressions.map(({ id }) => id)).toEqual(["t", "t#1", "t#2"]);
    expect(template(node).template?.constant).toBe(false);
    expect(template(node).analyses.length).toBe(3);
  });

  test("tells a text's parts, so that a path can encode what is filled in", () => {
    const mixed = template("/orders/${ $message.data.id }/lines").template;
    expect(mixed?.parts?.map((part) => (typeof part === "string" ? part : part.text))).toEqual([
      "/orders/",
      " $message.data.id ",
      "/lines",
    ]);
    expect(template("/orders").template?.parts).toBeUndefined();
    expect(template({ kind: "list", items: [], at }).template?.parts).toBeUndefined();
  });

  test("without expressions is constant", () => {
    expect(template("x").template?.constant).toBe(true);
  });

  test("refuses an expression in a key", () => {
    const entries = [{ key: "${ $message.data.id }", value: scalar(1) }];
    const { diagnostics } = template({ kind: "map", at, entries });
    expect(diagnostics.map(({ code }) => code)).toEqual(["mapping/expression-in-key"]);
  });
});
