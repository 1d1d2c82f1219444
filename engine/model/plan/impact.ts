import { failureClasses } from "../../errors/failure.ts";
import {
  choice,
  type CompiledFields,
  list,
  object,
  oneOrMany,
  optional,
  reference,
  text,
} from "../field.ts";

/** What a failure means for the business, the worst first. */
export const categories = ["critical", "high", "normal", "low"] as const;
export type Category = (typeof categories)[number];

export const impactClasses = ["revenue", "cash", "customer", "compliance", "information"] as const;

const failureKinds = [
  "dead",
  "invalid",
  "in-doubt",
  "stuck",
  "issue",
  "failed",
  "late",
  "incident",
] as const;

const ruleFields = {
  category: choice(categories, "Category of the failures that all the other keys hold for."),
  impact: optional(oneOrMany(choice(impactClasses, "Class."), "`impact.class` of the flow.")),
  amount: optional(
    text(
      "At least so much at stake, a decimal string; the failures of one issue add up.",
      /^\d+(\.\d+)?$/,
      'a decimal string such as "10000"',
    ),
  ),
  currency: optional(
    text("Currency of `amount`; any unless told.", /^[A-Z]{3}$/, "an ISO 4217 code such as EUR"),
  ),
  failure: optional(oneOrMany(choice(failureClasses, "Class."), "Class of the failure.")),
  kind: optional(
    oneOrMany(
      choice(failureKinds, "Kind."),
      "How the run stands: `late` is a promise (`sla`) that was broken, `failed` a business end, `issue` a report of a run that goes on, `incident` what is wrong whatever run meets it: an open circuit, a log-in that fails, a webhook with gaps, a reload that was refused, a disk that fills up.",
    ),
  ),
  flow: optional(oneOrMany(reference("flow", "Flow."), "Only these flows.")),
};

/** Which category a failure has: the first rule that holds; `normal` where none does. */
export const impactRules = list(
  object(ruleFields, "One rule."),
  "Categories of failures, by rule.",
);

export type ImpactRule = CompiledFields<typeof ruleFields>;
