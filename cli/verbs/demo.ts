import { openReader, UsageError } from "../../engine/index.ts";
import { openStage } from "../demo/stage.ts";
import { type Scene, scenes } from "../demo/scenes.ts";
import { jsonText } from "../output/list.ts";
import { styles } from "../output/terminal.ts";
import { timeline } from "../output/timeline.ts";
import { spanText } from "../output/time.ts";
import type { CommonOptions, VerbInput } from "../verb.ts";

interface Options extends CommonOptions {
  readonly keep?: boolean;
  readonly seed?: string;
}

/** As shells say it of a program that Ctrl-C ended. */
const exitInterrupted = 130;

/** Plays the scenes one after the other; fails when one of them does not end as it says. */
export async function run({ terminal, options }: VerbInput<Options>): Promise<number> {
  const style = styles(terminal);
  const isJson = options.json === true;
  const say = (text: string): void => {
    if (!isJson) terminal.out(text);
  };
  const began = performance.now();
  const stage = await openStage(seedOption(options.seed));
  const results: unknown[] = [];
  let failed = 0;
  let first: string | undefined;
  const shown = async (): Promise<number> => {
    say(
      `${style.strong("Sluice demo")}  CRM, support, billing and ERP are simulated on this machine; nothing leaves it.\n`,
    );
    for (const [index, scene] of scenes.entries()) {
      say(`\n${style.strong(`${index + 1}  ${scene.title}`)}\n`);
      const seen = await play(scene, stage);
      if (stopped) return exitInterrupted;
      for (const { text, good } of seen.lines) {
        if (!good) failed += 1;
        say(`   ${good ? style.good("✓") : style.bad("✗")} ${text}\n`);
      }
      first ??= seen.order;
      results.push({ scene: scene.title, ...seen });
    }
    if (first !== undefined) {
      say(`\n${style.strong(`sluice trace ${first}`)}\n`);
      const reader = await openReader(stage.storePath);
      const entries = await reader.trace(first);
      reader.close();
      say(timeline(entries, terminal));
      results.push({ trace: entries });
    }
    say(
      `\n${failed === 0 ? "all as promised" : `${failed} things are not as promised`}, in ${spanText(performance.now() - began)}\n`,
    );
    if (options.keep === true) say(`the store is kept: sluice runs --store ${stage.storePath}\n`);
    return failed === 0 ? 0 : 1;
  };
  let stopped = false;
  const interrupted = terminal.stopped().then(() => {
    stopped = true;
    say("\nstopping: what was simulated is removed\n");
    return exitInterrupted;
  });
  let code: number;
  try {
    code = await Promise.race([shown(), interrupted]);
  } finally {
    await stage.close(options.keep === true);
  }
  if (isJson && !stopped) terminal.out(jsonText(results));
  return code;
}

async function play(scene: Scene, stage: Parameters<Scene["play"]>[0]) {
  try {
    return await scene.play(stage);
  } catch (error) {
    return {
      lines: [
        {
          good: false,
          text: `broke off: ${error instanceof Error ? error.message : String(error)}`,
        },
      ],
    };
  }
}

function seedOption(text = "1"): number {
  const seed = Number(text);
  if (Number.isInteger(seed) && seed >= 0) return seed;
  throw new UsageError("cli/bad-seed", `--seed ${JSON.stringify(text)} is no seed`, {
    help: "give a whole number",
  });
}
