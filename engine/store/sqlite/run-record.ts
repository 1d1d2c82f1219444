import type { RunStatus } from "../../model/run.ts";

/** The narrow row of a run: all that queues and lanes need. */
export interface RunRecord {
  readonly runNo: number;
  readonly runId: Uint8Array;
  readonly messageNo: number;
  readonly flow: string;
  readonly status: RunStatus;
  readonly claimed: 0 | 1;
  readonly started: 0 | 1;
  readonly laneId: Uint8Array | null;
  readonly ordering: "every" | "latest" | "gapless";
  readonly position: number;
  readonly gapUntil: number | null;
  readonly endedAt: number | null;
}
