import { Variables } from "./frame.ts";
import type { Surroundings } from "./node.ts";
import { withVariables } from "./node.ts";

/** Surroundings of what is evaluated for one tuple: its names are known only from the data. */
export function tupleVariables(around: Surroundings): Surroundings {
  return withVariables(around, new Variables(around.variables, [], true));
}
