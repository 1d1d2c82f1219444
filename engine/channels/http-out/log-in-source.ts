import type { EvaluationContext, Scope } from "../../model/expression.ts";
import type { Instant } from "../../model/json.ts";
import type { AdapterPlan, AuthPlan } from "../../model/plan/adapter.ts";
import type { Generation } from "../../model/plan/generation.ts";
import type { HttpRequest, HttpResponse } from "../../model/request.ts";

export type OauthPlan = Extract<AuthPlan, { kind: "oauth2" }>["value"];

/** Sends a log-in or token request, without credentials of its own. */
type SendLogIn = (request: HttpRequest) => Promise<LogInAnswer>;

export type LogInAnswer =
  | { readonly kind: "response"; readonly response: HttpResponse }
  | { readonly kind: "unreachable"; readonly reason: string };

/** What a log-in is made of. `scope` holds `env` and `secret`, which go nowhere else. */
export interface LogInSource {
  readonly adapter: AdapterPlan;
  readonly generation: Generation;
  readonly scope: Scope;
  readonly context: EvaluationContext;
  readonly now: () => Instant;
  /** What the machine's clock says: for what the partner checks by its own. */
  readonly wall: () => Instant;
  /** An id for one assertion, where ids are given. */
  readonly nextId: () => string | undefined;
  readonly send: SendLogIn;
}
