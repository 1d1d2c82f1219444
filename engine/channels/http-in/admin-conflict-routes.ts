import type { ConflictFilter } from "../../ports/store-reader.ts";
import { type AdminCall, type AdminRoute, filterOf } from "./admin-routes.ts";

const filters =
  "`id`: any id of the record; `entity`, `since`, `until`, `limit` (50 unless told) narrow it.";

/** Values that did not stand against those of their attribute's system of record. */
export const conflictRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: "/conflicts",
    right: "runs.read",
    summary: `Values that did not stand against their system of record, the latest first, personal data masked. ${filters}`,
    handle: async (call) => {
      const { masks, read } = call.context;
      return { items: masks.conflicts(await read.conflicts(conflictFilter(call))) };
    },
  },
  {
    method: "POST",
    path: "/conflicts/reveal",
    right: "runs.reveal",
    summary: `The same as they are; audited. ${filters}`,
    handle: async (call) => ({ items: await call.context.read.conflicts(conflictFilter(call)) }),
  },
];

function conflictFilter(call: AdminCall): ConflictFilter {
  const entity = call.query.get("entity");
  return { ...filterOf(call), ...(entity === null ? {} : { entity }) };
}
