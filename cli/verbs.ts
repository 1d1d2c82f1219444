import { authoringVerbs } from "./declarations/authoring.ts";
import { operatingVerbs } from "./declarations/operating.ts";
import { recordVerbs } from "./declarations/records.ts";
import { workspaceVerbs } from "./declarations/workspace.ts";
import type { VerbDeclaration } from "./verb.ts";

/** Every verb of the command line, in the order of the help page. */
export const verbs: readonly VerbDeclaration[] = [
  ...workspaceVerbs,
  ...recordVerbs,
  ...operatingVerbs,
  ...authoringVerbs,
];
