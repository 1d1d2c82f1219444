import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readWorkspace } from "../../cli/workspace/read.ts";
import { compiled } from "../compiled.ts";

interface Schema {
  readonly owner?: string;
  readonly "x-entity"?: string;
  readonly "x-pii"?: boolean;
  readonly "x-system-of-record"?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
}

const folder = "schemas/canonical";
const { teams, systems } = parse(readFileSync("sluice.yaml", "utf8")) as {
  teams: Readonly<Record<string, unknown>>;
  systems: Readonly<Record<string, unknown>>;
};
const schemas = new Map(
  readdirSync(folder).map((name) => [
    name,
    parse(readFileSync(`${folder}/${name}`, "utf8")) as Schema,
  ]),
);
const entities = [
  "customer",
  "contact",
  "contract",
  "product",
  "price",
  "opportunity",
  "order",
  "subscription",
  "usage",
  "invoice",
  "payment",
  "credit-memo",
  "asset",
  "entitlement",
  "case",
  "milestone",
];

describe.each(entities)("the entity %s", (entity) => {
  const [file, schema] = [...schemas].find(([, one]) => one["x-entity"] === entity) ?? [];

  test("has a version, an owner and examples", () => {
    expect(file).toMatch(new RegExp(`^${entity}@[0-9]+\\.yaml$`));
    expect(Object.keys(teams)).toContain(schema?.owner);
    expect(schema?.examples?.length ?? 0).toBeGreaterThan(0);
  });

  test("says of each attribute which system has the last word", () => {
    const without = Object.entries(schema?.properties ?? {}).filter(
      ([, one]) => !Object.keys(systems).includes(one["x-system-of-record"] ?? ""),
    );
    expect(without.map(([name]) => name)).toEqual([]);
  });
});

test("every canonical schema has an owner and examples, and the examples are valid", async () => {
  for (const [name, { owner, examples }] of schemas) {
    expect(Object.keys(teams), name).toContain(owner);
    expect(examples?.length ?? 0, name).toBeGreaterThan(0);
  }
  const { diagnostics } = await compiled(readWorkspace(".").files);
  expect(diagnostics.filter(({ code }) => code === "schema/example")).toEqual([]);
});

test("an example that is not valid would be found", async () => {
  const { files } = readWorkspace(".");
  const path = `${folder}/payment@1.yaml`;
  const wrong = (files[path] ?? "").replace("paymentId: ch_1", "paymentId: 1");
  const { diagnostics } = await compiled({ ...files, [path]: wrong });
  expect(diagnostics.map(({ code }) => code)).toContain("schema/example");
});

test("what is personal is marked", () => {
  const personal = {
    "customer@1.yaml": ["taxId", "email", "phone"],
    "contact@1.yaml": ["name", "email", "phone"],
  };
  for (const [name, attributes] of Object.entries(personal)) {
    for (const one of attributes) {
      expect(schemas.get(name)?.properties?.[one]?.["x-pii"], `${name} ${one}`).toBe(true);
    }
  }
});
