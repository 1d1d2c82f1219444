import type { Instant } from "../../model/json.ts";
import type { InDoubtPlan } from "../../model/plan/adapter.ts";
import type { Progress } from "../behaviour.ts";
import type { CallState } from "./call-state.ts";
import type { Verdict } from "./classify.ts";
import { recordDoubt } from "./ledger.ts";
import type { OpenDelivery } from "./memo.ts";
import {
  type Doubtful,
  doubtfulness,
  doubtLookup,
  doubtPolicy,
  keyForgotten,
  mayResend,
} from "./resolve.ts";
import { sendLookup } from "./send.ts";
import type { Unit } from "./unit.ts";

interface Doubt {
  readonly reason: string;
  /** We crashed, so it is no failure of the partner. */
  readonly crashed: boolean;
  /** Set where the partner did answer, by something that stands before it. */
  readonly verdict?: Extract<Verdict, { kind: "failed" }>;
}

/** A write was sent and nobody knows what became of it: never guess. */
export function inDoubt(state: CallState, unit: Unit, open: OpenDelivery, doubt: Doubt): Progress {
  const { operation, context } = state;
  recordDoubt(state, open);
  const policy = doubtPolicy(operation, unit.request, unit.outer);
  const lookup = doubtLookup(policy);
  const forgotten = keyForgotten(operation, policy, open.firstAt, context.now);
  const isLeft = open.left !== undefined;
  if (lookup !== undefined && (policy?.kind === "lookup" || forgotten || isLeft)) {
    context.history("in-doubt", { reason: doubt.reason, next: "look-up" }, open.path);
    if (doubt.crashed) open.doubtedByCrash = true;
    if (lookup.settle === undefined) {
      sendLookup(state, unit, { kind: "doubt", name: lookup.name, about: open });
    } else {
      open.settling = true;
      context.timer("settle", context.now + lookup.settle);
    }
    return { kind: "open" };
  }
  if (mayResend(operation, policy) && !forgotten) {
    open.doubted = true;
    context.history("in-doubt", { reason: doubt.reason, next: "same-key" }, open.path);
    return again(state, unit, doubt, {
      doubtful: doubtfulness(policy),
      retryAt: arrivedBy(policy, context.now),
    });
  }
  context.history("in-doubt", { reason: doubt.reason, next: "person" }, open.path);
  return parkedInDoubt(state, unit, doubt.reason);
}

/** When what was sent is not on its way any more, as the adapter says. */
function arrivedBy(policy: InDoubtPlan | undefined, now: Instant): Instant {
  return policy?.kind === "resend" ? now + (policy.settle ?? 0) : 0;
}

function again(
  { operation, context }: CallState,
  unit: Unit,
  doubt: Doubt,
  how: { readonly doubtful: Doubtful; readonly retryAt: Instant },
): Progress {
  const { doubtful } = how;
  const said = doubt.verdict?.failure;
  const retryAt = Math.max(how.retryAt, said?.retryAt ?? 0);
  const notBefore = retryAt > context.now ? { retryAt } : {};
  if (said !== undefined && said.class !== "in-doubt") {
    return { kind: "failed", failure: { ...said, ...notBefore }, doubtful };
  }
  return {
    kind: "failed",
    doubtful,
    failure: {
      class: "transient",
      code: "outcome-unknown",
      message: `"${unit.name}" was sent and its outcome is unknown: ${doubt.reason}`,
      at: unit.request.at,
      system: operation.system,
      adapter: operation.adapter.name,
      path: context.path,
      ...notBefore,
    },
    ...(doubt.crashed ? { uncounted: true } : {}),
  };
}

/** A person must find out whether it happened. */
export function parkedInDoubt(
  { operation, context }: CallState,
  unit: Unit,
  reason: string,
): Progress {
  return {
    kind: "parked",
    as: "in-doubt",
    failure: {
      class: "in-doubt",
      code: "call/outcome-unknown",
      message: `"${unit.name}" of ${operation.system}.${operation.name} was sent, its outcome is unknown and cannot be looked up: ${reason}`,
      at: unit.request.at,
      system: operation.system,
      adapter: operation.adapter.name,
      path: context.path,
    },
  };
}
