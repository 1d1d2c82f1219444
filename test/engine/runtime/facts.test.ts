import { describe, expect, test } from "vitest";
import { ExpressionError, NeedsFact } from "../../../engine/model/evaluation-error.ts";
import { type FactRequest, factKey } from "../../../engine/model/expression.ts";
import type { Json } from "../../../engine/model/json.ts";
import { FactLoader } from "../../../engine/runtime/facts.ts";
import type { World } from "../../../engine/runtime/world.ts";
import { openStore } from "../../../engine/store/sqlite/index.ts";
import { compile, workspace } from "./bench.ts";

const generation = compile(workspace());
const at = { file: "f.yaml", line: 1, column: 1, length: 1 };
const evaluation = (key: string): Extract<FactRequest, { readonly kind: "evaluate" }> => ({
  kind: "evaluate",
  key,
  scope: {},
  expression: { id: key, text: key, at, compiled: false, evaluate: () => null },
});
const xref = (id: string): FactRequest => ({ kind: "xref", entity: "order", system: "erp", id });

/** A loader on an empty store that counts what it was asked. */
function loader(evaluate: World["evaluate"]): {
  readonly loader: FactLoader;
  readonly asked: string[];
} {
  const asked: string[] = [];
  const store = openStore({ path: ":memory:" });
  const counting = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        asked.push(String(name));
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { loader: new FactLoader({ store: counting, evaluate }), asked };
}

describe("facts", () => {
  test("are fetched together, and asked for again only with what was found", async () => {
    const { loader: facts, asked } = loader(() => Promise.reject(new Error("none here")));
    const seen: number[] = [];
    const answer = await facts.settle<{ readonly kind: "decision"; readonly known: Json }>(
      (known) => {
        seen.push(known.size);
        if (known.size === 0) return { kind: "needs", facts: [xref("1"), xref("2")] };
        if (known.size === 2) return { kind: "needs", facts: [xref("3")] };
        return { kind: "decision", known: known.get(factKey(xref("3"))) ?? "absent is null" };
      },
      generation,
      1,
    );
    expect(answer.known).toBe("absent is null");
    expect(seen).toEqual([0, 2, 3]);
    expect(asked).toEqual(["facts", "facts"]);
  });

  test("that an expression of the library needs are fetched while it is evaluated", async () => {
    const { loader: facts } = loader((request, { facts: known }) => {
      for (const id of ["1", "2"]) {
        if (!known.has(factKey(xref(id)))) throw new NeedsFact(xref(id));
      }
      return Promise.resolve(`${request.key} of ${known.size}`);
    });
    const found = await facts.load([evaluation("e")], generation, 1);
    expect(found.get(factKey(evaluation("e")))).toBe("e of 2");
  });

  test("pass on what is wrong with an expression", async () => {
    const { loader: facts } = loader(() =>
      Promise.reject(new ExpressionError("mapping/type", "a text where a number is needed", at)),
    );
    await expect(facts.load([evaluation("e")], generation, 1)).rejects.toThrow(/a text where/);
  });

  test("asked for in a circle are a mistake that is named", async () => {
    const { loader: facts } = loader(() => Promise.reject(new Error("none here")));
    const circle = facts.settle<{ readonly kind: "decision" }>(
      () => ({ kind: "needs", facts: [xref("1")] }),
      generation,
      1,
    );
    await expect(circle).rejects.toMatchObject({ code: "runtime/facts-without-end" });
  });
});
