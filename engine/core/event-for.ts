import type { RunEvent } from "../model/run-event.ts";
import type { StepEvent } from "../steps/behaviour.ts";

/** The run's event, if it concerns the step at this path. A delivery's path begins with its step's. */
export function eventFor(event: RunEvent, path: string): StepEvent | undefined {
  switch (event.kind) {
    case "outcome":
      return stepOfDelivery(event.path) === path ? event : undefined;
    case "timer":
    case "matched":
    case "chosen":
    case "child-ended":
      return event.path === path ? event : undefined;
    case "start":
    case "resume":
    case "compensate":
      return undefined;
  }
}

function stepOfDelivery(path: string): string {
  const slash = path.indexOf("/");
  return slash < 0 ? path : path.slice(0, slash);
}
