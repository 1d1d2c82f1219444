/** What a role may be granted under `roles` in sluice.yaml, and what each right opens of the admin API. */
export const rights = {
  "engine.read": "where the engine stands: status, metrics, promises, the last purge",
  "engine.pause": "pause, drain and unpause flows, keys, systems and regions",
  "runs.read":
    "messages, runs, dead letters, tasks, traces, ids, conflicts, issues and replays, personal data masked",
  "runs.reveal": "the same with personal data; audited",
  "runs.replay": "replay messages, resume runs, start, stop and continue replay jobs",
  "runs.edit":
    "give other data to what is replayed or resumed, say what a call in doubt gave, and send again what was done already",
  "runs.discard": "end a parked run for good",
  "tasks.answer": "answer what waits for a person",
  "issues.answer": "acknowledge, resolve, ignore and reopen issues",
  "audit.read": "who did what",
  "data.purge": "let go of what is over",
} as const;

export type Right = keyof typeof rights;

// The keys of a literal are its type's.
export const rightNames = Object.keys(rights) as readonly Right[];

/**
 * Rights over the engine as a whole: a role whose rights reach certain flows alone cannot have them.
 * `engine.pause` is for the flows that it reaches.
 */
export const wholeEngine: readonly Right[] = ["engine.read", "audit.read", "data.purge"];

/** The role of `SLUICE_ADMIN_TOKEN`: it has every right, and sluice.yaml cannot take one away. */
export const adminRole = "admin";
