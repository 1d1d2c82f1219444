import { setTimeout } from "node:timers/promises";
import type { EngineStatus, Json, Outlook } from "../../engine/index.ts";
import { jsonText } from "../output/list.ts";
import { durationOption, spanText } from "../output/time.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";
import { admin, adminLook, type AdminOptions } from "../workspace/admin.ts";
import { type PauseOptions, pauseTarget, pauseText } from "../workspace/pause-target.ts";

type DrainOptions = CommonOptions &
  AdminOptions &
  PauseOptions & {
    /** False with `--no-wait`. */
    readonly wait?: boolean;
    readonly timeout?: string;
  };

type Drain = Outlook["draining"][number];

const lookEveryMs = 500;

/**
 * Begins nothing new of a flow, key, system or region, and waits until what has begun is over: 0 when
 * nothing is at work any more, 1 when something still is.
 */
export async function run({ terminal, options }: VerbInput<DrainOptions>): Promise<number> {
  const target = pauseTarget(options);
  const timeoutMs =
    options.timeout === undefined ? Infinity : durationOption("--timeout", options.timeout);
  const startedAt = performance.now();
  const first = await admin("drain", { ...target }, options, terminal);
  let drain = find(first.body, pauseText(target));
  let told = "";
  const say = (line: string): void => {
    if (options.json !== true && line !== told) terminal.out(`${line}\n`);
    told = line;
  };
  while (options.wait !== false && drain !== undefined && drain.begun.count > 0) {
    say(workText(drain));
    if (performance.now() - startedAt > timeoutMs) break;
    await setTimeout(lookEveryMs);
    const { body } = await adminLook("status", options, terminal);
    // The engine's own answer, of this version or a near one.
    drain = find((body as unknown as EngineStatus & { outlook: Json }).outlook, pauseText(target));
  }
  if (options.json === true) terminal.out(jsonText(drain ?? null));
  if (drain === undefined) {
    say(`${pauseText(target)}: not being drained any more; somebody let it go on`);
    return 1;
  }
  if (drain.begun.count === 0) {
    say(`${pauseText(target)}: drained, nothing of it is at work; \`sluice resume\` lets it begin`);
    return 0;
  }
  if (options.wait === false) say(workText(drain));
  else say(`${pauseText(target)}: still at work after ${spanText(timeoutMs)}`);
  return options.wait === false ? 0 : 1;
}

function find(outlook: Json, text: string): Drain | undefined {
  const { draining } = outlook as unknown as Pick<Outlook, "draining">;
  return draining.find(({ target }) => pauseText(target) === text);
}

function workText({ target, begun: { count, oldest } }: Drain): string {
  const runs = count === 1 ? "1 run is" : `${count} runs are`;
  const some = oldest.map(({ flow, laneKey }) => (laneKey === null ? flow : `${flow} ${laneKey}`));
  const more = count > oldest.length ? ", …" : "";
  return `${pauseText(target)}: ${runs} at work (${some.join(", ")}${more})`;
}
