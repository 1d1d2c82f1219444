import type { Failure } from "../errors/failure.ts";
import type { IssueKind } from "../ports/insight-store.ts";

/** What probably happened, and what a person does about it: two sentences at three in the morning. */
export interface Advice {
  readonly cause: string;
  readonly action: string;
}

/** The likely cause of a failure and what to do first, by how the run stands and why. */
export function adviceFor(kind: IssueKind, failure: Failure): Advice {
  if (kind === "incident") return incidentAdvice(failure);
  if (/effect-conflict|link-conflict/.test(failure.code)) return conflictAdvice;
  if (failure.code === "call/left-in-doubt") return leftInDoubtAdvice(failure);
  if (failure.code === "call/undo-in-doubt") return undoInDoubtAdvice(failure);
  if (failure.left !== undefined && kind !== "dead") return leftBehindAdvice(failure);
  const who = failure.adapter ?? failure.system ?? "the partner";
  switch (kind) {
    case "in-doubt":
      return doubtAdvice(failure, who);
    case "stuck":
      return {
        cause: `${who} refuses to take back what was done before, so that two systems now disagree`,
        action: `see the last answer, mend it in ${who} or let it be cancelled there, then replay: the rest is undone`,
      };
    case "late":
      return {
        cause:
          "the run waits longer than was promised: for a partner, a person, or the run before it",
        action:
          "see what it waits for with `sluice runs <id>`, and its system with `sluice status`",
      };
    case "issue":
      return {
        cause: "a rule of the flow found something that a person should look into; the run went on",
        action: "look at the record in the systems named, then resolve the issue",
      };
    case "invalid":
      return invalidAdvice(failure);
    default:
      return byClass(failure, who);
  }
}

/** A replay is the remedy wherever the engine knows how to ask or may repeat: discarding gives up what is left to do. */
function doubtAdvice({ code }: Failure, who: string): Advice {
  switch (code) {
    case "call/outcome-unknown":
      return {
        cause: `the request reached ${who}, and its answer did not reach us; ${who} gives no way to ask by`,
        action: `look into ${who} whether it is there: if not, replay; if it is, say so with what the operation gave (\`sluice replay <run> --done answer.json\`): the flow goes on from there`,
      };
    case "outcome-unknown":
      return {
        cause: `${who} may have taken the request, and gave no clear answer to it before the step's retries were used up`,
        action: `replay once ${who} answers again: it goes under the same key, and is done once in any case; where ${who} has forgotten that by then (\`valid\` of the adapter), look there first`,
      };
    default:
      return {
        cause: `the request reached ${who}, its answer did not reach us, and the look-up that tells whether it happened failed, too`,
        action: `replay once ${who} answers again: it asks first, and sends only what is not there`,
      };
  }
}

function incidentAdvice({ code, system = "the partner" }: Failure): Advice {
  switch (code) {
    case "incident/circuit":
      return {
        cause: `${system} failed or did not answer several times in a row: nothing but a probe is sent to it now and then`,
        action:
          "see `sluice status` for what waits; once a probe succeeds, all goes on by itself, and dead letters are replayed",
      };
    case "incident/session":
      return {
        cause: `${system} takes no log-in of ours: credentials changed, expired or locked, or its log-in is down`,
        action:
          "set the secrets that it logs in with (`sluice validate --environment` names them): it is tried again by itself",
      };
    case "incident/gap":
      return {
        cause:
          "the source has what its webhook did not bring: it is off, points elsewhere, or was refused here",
        action:
          "look at the webhook's settings and deliveries at the vendor; what was missed has come in by the poll, and `sluice audit` names the ids",
      };
    case "incident/reload":
      return {
        cause: "the files on disk have errors, so the generation that ran before still runs",
        action: "`sluice validate` shows them; once they are mended, the next reading takes them",
      };
    case "incident/clock":
      return {
        cause:
          "the machine's clock was set, or a partner's is another; the engine's own waits and order do not depend on it",
        action:
          "see whether both keep their time in step (NTP): signatures and tokens that are out by minutes are refused",
      };
    default:
      return {
        cause: "the store outgrows its disk, or something keeps its log from being copied back",
        action: "`sluice status` says which, and what helps",
      };
  }
}

function leftInDoubtAdvice({ adapter = "the partner" }: Failure): Advice {
  return {
    cause: `a run before this one sent it to ${adapter} and was ended without knowing what became of it; nothing was sent since`,
    action: `look into ${adapter} whether it is there: if not, replay this run, which sends it; if it is, say so with what the operation gave (\`sluice replay <run> --done answer.json\`): the flow goes on from there`,
  };
}

function undoInDoubtAdvice({ adapter = "the partner" }: Failure): Advice {
  return {
    cause: `it was done at ${adapter}, and a run that was ended since had asked ${adapter} to take it back: nobody knows whether it did`,
    action: `look into ${adapter} whether it still stands: if it does, replay this run, which goes on with it; if not, discard, and replay the step with --only and --again new-key`,
  };
}

function leftBehindAdvice({ adapter, system = "the partner" }: Failure): Advice {
  const who = adapter ?? system;
  return {
    cause: `${who} took a part of what the step does and refused the rest, and the flow does not say how that part is taken back`,
    action: `take it back in ${who}, then replay: the run ends; an \`undo\` by business ids, not by the step's own result, does it next time`,
  };
}

const conflictAdvice: Advice = {
  cause: "the same business event now asks for something else than what was done for it before",
  action:
    "compare both with `sluice replay <run> --dry-run`: if the old one is right, discard this run; if the new one is, undo the old one at the partner first",
};

function invalidAdvice({ code, at }: Failure): Advice {
  const place = at === undefined ? "the flow" : `${at.file}:${at.line}`;
  if (code === "message/input-breach") {
    return {
      cause:
        "the sender's data lacks what the flow's input schema demands, or has it in another form",
      action:
        "correct it at its source, or replay with the data mended; where the schema is too strict, change it and replay --current",
    };
  }
  return {
    cause: `the mapping or expression at ${place} met data that it does not provide for`,
    action:
      "mend the text there (`sluice preview` and `sluice plan --message` show it at work), then replay --current",
  };
}

function byClass(failure: Failure, who: string): Advice {
  switch (failure.class) {
    case "transient":
      return {
        cause: `${who} was down or overloaded for longer than the step's retries go on`,
        action: `\`sluice status\` shows whether ${who} answers again; then replay`,
      };
    case "throttled":
      return {
        cause: `the limit at ${who} was used up for longer than the step's retries go on, perhaps by somebody else`,
        action: `replay once the limit is free again; if it returns, lower the \`budget\` of ${who} below what ${who} allows`,
      };
    case "auth":
      return {
        cause: `${who} does not take our credentials any more: changed, expired, or without the right for this`,
        action: `set the secrets that ${who} logs in with (\`sluice validate --environment\` names them), then replay`,
      };
    case "wait":
      return {
        cause: `${who} does not take it now, such as in a closed period, and the time to wait is over`,
        action: `ask whoever opens it at ${who}; then replay`,
      };
    case "in-doubt":
      return adviceFor("in-doubt", failure);
    case "invalid":
      return invalidAdvice(failure);
    case "exists":
      return {
        cause: `what was to be made at ${who} is there already, and the adapter says no way to adopt it`,
        action: `see that it is the same, link it, and discard; or give the adapter an \`adopt\``,
      };
    case "business":
      return {
        cause: `${who === "the partner" ? "a rule of the flow" : who} says no to this record: its answer has the words`,
        action: "settle it with the owner of the record; once it is changed there, replay",
      };
  }
}
