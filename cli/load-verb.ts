import type { VerbModule } from "./verb.ts";

/** The module of each verb, loaded only when it is called. */
const modules: Readonly<Record<string, () => Promise<VerbModule<never>>>> = {
  run: async () => import("./verbs/run.ts"),
  validate: async () => import("./verbs/validate.ts"),
  preview: async () => import("./verbs/preview.ts"),
  plan: async () => import("./verbs/plan.ts"),
  "where-used": async () => import("./verbs/where-used.ts"),
  services: async () => import("./verbs/services.ts"),
  graph: async () => import("./verbs/graph.ts"),
  test: async () => import("./verbs/test.ts"),
  messages: async () => import("./verbs/messages.ts"),
  runs: async () => import("./verbs/runs.ts"),
  "dead-letters": async () => import("./verbs/dead-letters.ts"),
  issues: async () => import("./verbs/issues.ts"),
  tasks: async () => import("./verbs/tasks.ts"),
  approve: async () => (await import("./verbs/answer.ts")).answer("approve"),
  reject: async () => (await import("./verbs/answer.ts")).answer("reject"),
  choose: async () => (await import("./verbs/answer.ts")).answer(),
  crosswalk: async () => import("./verbs/crosswalk.ts"),
  conflicts: async () => import("./verbs/conflicts.ts"),
  trace: async () => import("./verbs/trace.ts"),
  status: async () => import("./verbs/status.ts"),
  sla: async () => import("./verbs/sla.ts"),
  pause: async () => (await import("./verbs/pause.ts")).pausing("pause"),
  drain: async () => import("./verbs/drain.ts"),
  resume: async () => (await import("./verbs/pause.ts")).pausing("resume"),
  replay: async () => import("./verbs/replay.ts"),
  audit: async () => import("./verbs/audit.ts"),
  backup: async () => import("./verbs/backup.ts"),
  restore: async () => import("./verbs/restore.ts"),
  purge: async () => import("./verbs/purge.ts"),
  schema: async () => import("./verbs/schema.ts"),
  docs: async () => import("./verbs/docs.ts"),
  new: async () => import("./verbs/new.ts"),
  demo: async () => import("./verbs/demo.ts"),
};

export async function loadVerb(name: string): Promise<VerbModule<never>> {
  const load = modules[name];
  if (load === undefined) throw new Error(`verb ${name} has no module`);
  return load();
}
