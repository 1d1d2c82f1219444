import type { CodeEntry } from "./entry.ts";

/** What the rules of `spec/rules` find; each rule's own file has its example. */
export const ruleCodes = {
  "flow/missing-owner": {
    severity: "error",
    meaning: "Nobody answers for a flow.",
    remedy: "Add `owner:` with a team of sluice.yaml.",
  },
} as const satisfies Record<string, CodeEntry>;
