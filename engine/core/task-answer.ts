import { listWords } from "../errors/did-you-mean.ts";
import { UsageError } from "../errors/flow-error.ts";
import type { NewTask } from "../model/decision.ts";

interface Answer {
  readonly choice: string;
  readonly pick?: string;
}

type Question = Pick<NewTask, "title" | "choices" | "among">;

/**
 * The answer as its task takes it: one of the choices, and of a choice among several, which of them;
 * the only one need not be named. Throws `UsageError` for any other: the task stays open.
 */
export function checkedAnswer<A extends Answer>(task: Question, answer: A): A {
  const { choice, pick } = answer;
  if (!task.choices.includes(choice)) {
    throw refused(
      task,
      `${JSON.stringify(choice)} is no answer`,
      `it takes ${words(task.choices)}`,
    );
  }
  const offered = task.among?.[choice];
  if (offered === undefined) {
    if (pick === undefined) return answer;
    throw refused(task, `"${choice}" is not a choice among several`, "leave the pick out");
  }
  const [only] = offered;
  if (only === undefined) {
    throw refused(task, `there is nothing to ${choice}`, `it takes ${words(task.choices)}`);
  }
  if (pick === undefined && offered.length === 1) return { ...answer, pick: only };
  if (pick !== undefined && offered.includes(pick)) return answer;
  const given = pick === undefined ? "names none" : `names ${JSON.stringify(pick)}`;
  throw refused(task, `"${choice}" ${given}`, `pick one of ${words(offered)}`);
}

const words = (names: readonly string[]): string => listWords(names.map((name) => `"${name}"`));

function refused({ title }: Question, message: string, help: string): UsageError {
  return new UsageError(
    "runtime/answer-refused",
    `${message} to ${JSON.stringify(title)}: ${help}`,
  );
}
