import type { PathRead } from "../../mapping/index.ts";
import { failureClasses } from "../../errors/failure.ts";
import type { Json } from "../../model/json.ts";
import type { StepPlan } from "../../model/plan/step.ts";
import { SchemaView } from "../../validation/index.ts";
import { asKind } from "./blocks.ts";

const text = { type: "string" };

/** What the engine itself gives, described as schemas describe it. */
const given: Readonly<Record<string, Json>> = {
  $response: {
    type: "object",
    additionalProperties: false,
    required: ["status", "headers", "links", "cookies", "body"],
    properties: {
      status: { type: "integer" },
      headers: { type: "object", additionalProperties: true },
      links: { type: "object", additionalProperties: true },
      cookies: { type: "object", additionalProperties: true },
      body: {},
    },
  },
  $error: {
    type: "object",
    additionalProperties: false,
    required: ["class", "code", "message", "system", "adapter", "path", "detail"],
    properties: {
      class: { type: "string", enum: [...failureClasses] },
      code: text,
      message: text,
      system: {},
      adapter: {},
      path: {},
      detail: {},
      retryAt: { type: "integer" },
      until: text,
      left: { type: "array", items: text },
      violations: { type: "array", items: { type: "object", additionalProperties: true } },
    },
  },
};

/** `$message.data` of a flow that only schedules start. */
export function scheduledView(): SchemaView | undefined {
  const schema = {
    type: "object",
    additionalProperties: false,
    required: ["scheduledAt"],
    properties: { scheduledAt: { type: "string", format: "date-time" } },
  };
  return SchemaView.of(scheduledSchema, new Map<string, Json>([[scheduledSchema, schema]]));
}

export const scheduledSchema = "of a schedule's message";

/** The shape of `$response` and `$error`. */
export function givenView(root: PathRead["root"]): SchemaView | undefined {
  return views.get(`$${root}`);
}

const views = new Map(
  Object.keys(given).flatMap((name) => {
    const view = SchemaView.of(name, new Map(Object.entries(given)));
    return view === undefined ? [] : [[name, view] as const];
  }),
);

/** The answer of a `task`: of the choices that it names. */
export function taskResult(step: StepPlan): SchemaView | undefined {
  const task = asKind(step, "task")?.argument;
  if (task === undefined) return undefined;
  const schema = {
    type: "object",
    additionalProperties: false,
    required: ["choice", "by", "at", "comment", "data", "pick"],
    properties: {
      choice: { type: "string", enum: [...task.choices] },
      by: text,
      at: text,
      comment: {},
      data: {},
      pick: {},
    },
  };
  return SchemaView.of(taskSchema, new Map<string, Json>([[taskSchema, schema]]));
}

export const taskSchema = "the answer of a task";
