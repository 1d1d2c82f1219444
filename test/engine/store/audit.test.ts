import { describe, expect, onTestFinished, test } from "vitest";
import { connect } from "../../../engine/store/sqlite/connection.ts";
import { SqliteStore } from "../../../engine/store/sqlite/store.ts";
import { start } from "../../contracts/store-fixture.ts";

describe("the audit chain", () => {
  test.each([
    ["changed", "UPDATE audit SET detail = '{\"n\":9}' WHERE audit_no = 2", 2],
    ["removed", "DELETE FROM audit WHERE audit_no = 2", 2],
    ["moved in time", "UPDATE audit SET at = at + 1 WHERE audit_no = 3", 3],
    ["put in another's name", "UPDATE audit SET actor = 'eve' WHERE audit_no = 1", 1],
  ])("shows a row that was %s", async (_, tamper, brokenAt) => {
    const connection = connect(":memory:");
    const store = new SqliteStore(connection);
    onTestFinished(() => store.close());
    for (const n of [1, 2, 3, 4]) {
      await store.audit({ actor: "ada", action: "edit", target: "t", detail: { n } }, start);
    }
    expect(await store.read.auditChain()).toEqual({ rows: 4 });
    connection.database.exec(tamper);
    expect(await store.read.auditChain()).toEqual({ rows: brokenAt - 1, brokenAt });
  });
});
