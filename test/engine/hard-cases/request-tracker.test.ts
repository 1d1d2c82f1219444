import { describe, expect, test } from "vitest";
import { isJsonObject, type Json } from "../../../engine/model/json.ts";
import { lost, ok, operate, status } from "./kit.ts";

const grant = { ticketId: "42", level: "gold" };
const ticket = (level: string, etag = "v1") =>
  ok({ id: 42, CustomFields: [{ name: "Entitlement", values: [level] }] }, { etag });

describe("a change of a ticket", () => {
  test("goes with what was read, and is read back", async () => {
    const { seen, rehearsed } = await operate("support.grantEntitlement", grant, ({ name }) =>
      name === "set" ? ok(["Entitlement gold added"]) : ticket("gold"),
    );
    expect(seen.map(({ name, method }) => [name, method])).toEqual([
      ["read", "GET"],
      ["set", "PUT"],
      ["readBack", "GET"],
    ]);
    expect(seen[1]).toMatchObject({
      headers: { "if-match": "v1" },
      body: { CustomFields: { Entitlement: "gold" } },
    });
    expect(rehearsed.status).toBe("done");
  });

  test("that meets another is read anew: the old version would be refused for ever", async () => {
    const { seen, rehearsed } = await operate(
      "support.grantEntitlement",
      grant,
      ({ name }, count) =>
        name === "set"
          ? count === 1
            ? status(412)
            : ok(["added"])
          : name === "read"
            ? ticket("", "v1")
            : name === "read~1"
              ? ticket("", "v2")
              : name.startsWith("set")
                ? ok(["added"])
                : ticket("gold"),
    );
    expect(seen.map(({ name }) => name)).toEqual(["read", "set", "read~1", "set~1", "readBack"]);
    expect(seen[3]?.headers["if-match"]).toBe("v2");
    expect(seen[3]?.key).toBe(seen[1]?.key);
    expect(rehearsed.status).toBe("done");
  });

  test.each([
    [["Permission denied"]],
    [["Status changed", "'gold' isn't a valid value for Entitlement"]],
  ])("that is refused in words and a 200 is refused: %j", async (words) => {
    const { names, error } = await operate("support.grantEntitlement", grant, ({ name }) =>
      name === "set" ? ok(words) : ticket(""),
    );
    expect(names).toEqual(["read", "set"]);
    expect(error).toMatchObject({
      class: "business",
      code: "ticket-refused",
      message: words.join("; "),
    });
  });

  test("that was passed over in silence is found out", async () => {
    const { error } = await operate("support.grantEntitlement", grant, ({ name }) =>
      name === "set" ? ok([]) : ok({ id: 42, CustomFields: [] }, { etag: "v1" }),
    );
    expect(error).toMatchObject({ code: "entitlement-not-stored" });
  });
});

const contentOf = (body: Json | undefined): string => {
  const content = isJsonObject(body) ? body["Content"] : undefined;
  return typeof content === "string" ? content : "";
};

describe("a note, of which nothing is unique", () => {
  const note = { ticketId: "42", text: "invoice held" };

  test("carries a mark: the same in every try, another in every call", async () => {
    const { seen, output } = await operate("support.noteCase", note, () => ok(["Comment added"]));
    const Content = contentOf(seen[0]?.body);
    expect(Content).toMatch(/^invoice held \[[0-9a-f]{16,}\]$/);
    expect(output).toEqual({ ticketId: "42", noteId: Content.slice(14, -1) });
  });

  test("is there once: found, it is not sent again; not found, it is", async () => {
    let content = "";
    const found = await operate("support.noteCase", note, ({ name, body }) => {
      if (name !== "request")
        return ok({ items: [{ Type: "Create" }, { Type: "Comment", Content: content }] });
      content = contentOf(body);
      return lost;
    });
    expect(found.names).toEqual(["request", "request?"]);
    expect(found.rehearsed.status).toBe("done");
    const absent = await operate("support.noteCase", note, ({ name }, count) =>
      name !== "request" ? ok({ items: [] }) : count === 1 ? lost : ok(["Comment added"]),
    );
    expect(absent.names).toEqual(["request", "request?", "request"]);
    expect(absent.seen[2]?.body).toEqual(absent.seen[0]?.body);
  });
});
