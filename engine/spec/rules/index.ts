import { type Code, finding } from "../../errors/codes.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { adapterAddress } from "./adapter-address.ts";
import { adapterAtRest } from "./adapter-at-rest.ts";
import { adapterHalfWritten } from "./adapter-half-written.ts";
import { adapterBudget } from "./adapter-budget.ts";
import { adapterCursor } from "./adapter-cursor.ts";
import { adapterGapCheck } from "./adapter-gap-check.ts";
import { adapterIgnoredWithUse } from "./adapter-ignored-with-use.ts";
import { envNotSet, secretNotSet } from "./config-not-set.ts";
import { adapterTls } from "./adapter-tls.ts";
import { adapterLegacy, adapterSunset } from "./adapter-legacy.ts";
import { authIncomplete } from "./auth-incomplete.ts";
import { apiDate, apiRemovedEarly } from "./api-published.ts";
import { effectRecovery } from "./effect-recovery.ts";
import { effectUnknown } from "./effect-unknown.ts";
import { flowApiClash } from "./flow-api-clash.ts";
import { flowCorrelate } from "./flow-correlate.ts";
import { flowEventLoop, flowRunCycle } from "./flow-cycles.ts";
import { flowSequence } from "./flow-sequence.ts";
import { flowGap } from "./flow-gap.ts";
import { flowOwner } from "./flow-owner.ts";
import { flowPattern } from "./flow-pattern.ts";
import { flowRememberRace } from "./flow-remember-race.ts";
import { flowRespond } from "./flow-respond.ts";
import { flowSchedule } from "./flow-schedule.ts";
import { flowUnreachable } from "./flow-unreachable.ts";
import { flowWaitLane } from "./flow-wait-lane.ts";
import { layerDirectCoupling } from "./layer-direct-coupling.ts";
import { layerMappingTwice } from "./layer-mapping-twice.ts";
import { layerVendorToVendor } from "./layer-vendor-to-vendor.ts";
import { layerNoVendor } from "./layer-no-vendor.ts";
import { adapterPart } from "./adapter-part.ts";
import { adapterPath } from "./adapter-path.ts";
import { authSignature } from "./auth-signature.ts";
import { secretInText } from "./config-secret-in-text.ts";
import { effectCached } from "./effect-cached.ts";
import { errorUnknownCode } from "./error-code.ts";
import { eventSource } from "./event-source.ts";
import { flowUnstableKey } from "./flow-identity.ts";
import { flowLaneState, flowNoLane } from "./flow-lane.ts";
import { flowSplit } from "./flow-split.ts";
import { schemaAnnotations } from "./schema-annotations.ts";
import { unusedOperation, unusedState } from "./unused-parts.ts";
import { valueCondition } from "./value-condition.ts";
import { mappingContract } from "./mapping-contract.ts";
import { slaMilestone } from "./milestone.ts";
import { oneOf } from "./one-of.ts";
import { ownerMissing, ownerUnknown } from "./owner.ts";
import { ownershipExtension } from "./ownership-extension.ts";
import { ownershipGolden } from "./ownership-golden.ts";
import { ownershipNotOwner } from "./ownership.ts";
import { roleReach } from "./role-reach.ts";
import type { Rule } from "./rule.ts";
import { checkStepScope } from "./step-scope.ts";
import { taskAmong } from "./task-among.ts";
import { unusedFlow, unusedMapping, unusedSchema } from "./unused.ts";
import { valueCompared } from "./value-compared.ts";
import { valueInput } from "./value-input.ts";
import { configNameTwice } from "./config-name-twice.ts";
import { apiParameter } from "./api-parameter.ts";
import { flowDurations } from "./durations.ts";
import { unknownEntity } from "./unknown-entity.ts";
import { valueExample } from "./value-example.ts";
import { valueLiteral } from "./value-literal.ts";
import { valueListWanted } from "./value-list-wanted.ts";
import { valueNeverEqual } from "./value-never.ts";
import { valueNotNumber } from "./value-not-number.ts";
import { valueMayBeAbsent, valueUnknownPath } from "./value-paths.ts";
import { valueWrongTarget } from "./value-wrong-target.ts";
import { valueUnknownTarget } from "./value-target.ts";
import type { Workspace } from "./workspace.ts";
import { wrongRole } from "./wrong-role.ts";

/** Every rule. Delete a file and its line, and the rule is gone. */
export const rules: readonly Rule[] = [
  flowOwner,
  adapterAddress,
  adapterAtRest,
  adapterHalfWritten,
  adapterBudget,
  adapterCursor,
  adapterGapCheck,
  adapterIgnoredWithUse,
  adapterPart,
  adapterTls,
  flowGap,
  flowSequence,
  flowUnreachable,
  flowEventLoop,
  flowRunCycle,
  flowPattern,
  flowWaitLane,
  taskAmong,
  flowRememberRace,
  flowCorrelate,
  flowRespond,
  flowSchedule,
  flowApiClash,
  apiRemovedEarly,
  apiDate,
  oneOf,
  wrongRole,
  slaMilestone,
  layerNoVendor,
  layerDirectCoupling,
  layerVendorToVendor,
  layerMappingTwice,
  roleReach,
  ownerMissing,
  ownerUnknown,
  adapterLegacy,
  adapterSunset,
  authIncomplete,
  effectRecovery,
  effectUnknown,
  secretNotSet,
  envNotSet,
  valueCompared,
  valueNotNumber,
  valueUnknownPath,
  valueUnknownTarget,
  valueWrongTarget,
  valueMayBeAbsent,
  valueInput,
  valueListWanted,
  valueLiteral,
  valueExample,
  apiParameter,
  flowDurations,
  unknownEntity,
  configNameTwice,
  valueNeverEqual,
  ownershipNotOwner,
  ownershipGolden,
  ownershipExtension,
  adapterPath,
  authSignature,
  secretInText,
  effectCached,
  errorUnknownCode,
  eventSource,
  flowUnstableKey,
  flowLaneState,
  flowNoLane,
  flowSplit,
  schemaAnnotations,
  unusedOperation,
  unusedState,
  valueCondition,
  mappingContract,
  unusedFlow,
  unusedMapping,
  unusedSchema,
];

/** Findings of all rules. */
export function checkRules(workspace: Workspace): readonly Diagnostic[] {
  const found = rules.flatMap((rule) => {
    const diagnostics: Diagnostic[] = [];
    rule.check(workspace, (at, message, more) => {
      diagnostics.push(finding(rule.code satisfies Code, at, message, more));
    });
    return diagnostics;
  });
  return [...workspace.flows.flatMap(checkStepScope), ...withoutEchoes(found)];
}

/** What a value is made as; beside what is wrong in how it is made, one mistake would be told twice. */
const echoes: ReadonlySet<string> = new Set(["value/input", "value/wrong-target"]);

function withoutEchoes(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const told = new Set(found.flatMap((one) => (echoes.has(one.code) ? [] : placeText(one))));
  const paths = found.filter(({ code }) => code === "value/unknown-path");
  const once = new Set<string>();
  return found.filter((one) => {
    if (!echoes.has(one.code)) return true;
    const text = `${placeText(one)} ${one.message}`;
    if (told.has(placeText(one)) || once.has(text)) return false;
    if (paths.some((path) => isWithin(one, path))) return false;
    once.add(text);
    return true;
  });
}

/** Begins where the other stands. */
const isWithin = ({ at }: Diagnostic, { at: other }: Diagnostic): boolean =>
  at.file === other.file &&
  at.line === other.line &&
  at.column >= other.column &&
  at.column < other.column + other.length;

const placeText = ({ at }: Diagnostic): string => `${at.file}:${at.line}:${at.column}`;
