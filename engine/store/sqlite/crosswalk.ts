import { StoreError } from "../../errors/flow-error.ts";
import type { CrosswalkLink } from "../../model/decision.ts";
import type { Work } from "./work.ts";

/**
 * Links a canonical id with a system's. A later id for the same thing replaces the earlier one; an
 * id that another thing has already is a person's to settle, so the whole commit is refused.
 */
export function saveLink(work: Work, runNo: number, link: CrosswalkLink): void {
  const { entity, canonicalId, system, id } = link;
  const known = work.query.get<{ id: string }>("crosswalk-canonical", { entity, system, id })?.id;
  if (known !== undefined && known !== canonicalId) {
    throw new StoreError(
      "store/link-conflict",
      `${system}'s ${entity} "${id}" is known as "${known}"; it cannot be "${canonicalId}" too`,
      { help: "decide which of the two it is, mend the other, and resume the run" },
    );
  }
  if (known === undefined) {
    const values = { entity, canonicalId, system, id, runNo, now: work.now };
    work.query.run("crosswalk-save", values);
  }
}
