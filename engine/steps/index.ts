import { call } from "./call.ts";
import type { StepDefinition } from "./define-step.ts";
import { emit } from "./emit.ts";
import { fail } from "./fail.ts";
import { golden } from "./golden.ts";
import { listen } from "./listen.ts";
import { map } from "./map.ts";
import { parallel } from "./parallel.ts";
import { remember } from "./remember.ts";
import { require } from "./require.ts";
import { respond } from "./respond.ts";
import { route } from "./route.ts";
import { run } from "./run.ts";
import { set } from "./set.ts";
import { split } from "./split.ts";
import { stop } from "./stop.ts";
import { task } from "./task.ts";
import { wait } from "./wait.ts";

/** Every step kind, by its key in YAML. Delete a file and its line, and the kind is gone. */
export const stepDefinitions: Readonly<Record<string, StepDefinition>> = {
  call,
  map,
  set,
  golden,
  require,
  route,
  parallel,
  split,
  run,
  emit,
  listen,
  wait,
  task,
  remember,
  respond,
  fail,
  stop,
};
