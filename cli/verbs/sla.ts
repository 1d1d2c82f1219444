import type { SlaReport } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { slaText } from "../output/sla.ts";
import { timeOption } from "../output/time.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { adminLook, type AdminOptions } from "../workspace/admin.ts";

interface Options extends CommonOptions, AdminOptions {
  readonly flow?: string;
  readonly since?: string;
  readonly until?: string;
}

/** How the promises about time stand; 1 when one is broken now. */
export async function run({ terminal, options }: VerbInput<Options>): Promise<number> {
  const { flow, since, until } = options;
  const query = new URLSearchParams({
    ...(flow === undefined ? {} : { flow }),
    ...(since === undefined ? {} : { since: timeText("--since", since) }),
    ...(until === undefined ? {} : { until: timeText("--until", until) }),
  });
  const { body } = await adminLook(`sla?${query.toString()}`, options, terminal);
  // The engine's own answer, of this version or a near one.
  const report = body as unknown as SlaReport;
  terminal.out(options.json === true ? jsonText(report) : slaText(report, terminal));
  return report.promises.some(({ broken }) => broken.length > 0) ? 1 : 0;
}

function timeText(option: string, given: string): string {
  return new Date(timeOption(option, given)).toISOString();
}
