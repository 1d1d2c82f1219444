import { finding } from "../../errors/codes.ts";
import { listWords } from "../../errors/did-you-mean.ts";
import type { Shape } from "../../model/field.ts";
import { type Block, commonFields, type StepPlan } from "../../model/plan/step.ts";
import { stepDefinitions } from "../../steps/index.ts";
import type { StepDefinition } from "../../steps/define-step.ts";
import type { MapEntry, MapNode, YamlNode } from "../yaml/node.ts";
import { meantBy } from "./meant.ts";
import { meantKey } from "./meant-key.ts";
import { inPlace, members, refuseUnknown } from "./object.ts";
import { guess, otherWord } from "./other-words.ts";
import { wrongType } from "./scalar.ts";
import { below, newSite, type Spot, withRoots } from "./walk.ts";

type Of<Type extends Shape["type"]> = Extract<Shape, { type: Type }>;

const kinds = Object.keys(stepDefinitions);
const stepArguments = Object.fromEntries(
  Object.values(stepDefinitions).map(({ kind, argument }) => [kind, argument]),
);
const commonKeys = Object.keys(commonFields);

export function stepsValue(shape: Of<"steps">, node: YamlNode, spot: Spot): Block | undefined {
  const inside = withRoots(spot, shape.roots);
  if (node.kind === "map" && node.entries.some(({ key }) => Object.hasOwn(stepDefinitions, key))) {
    const message = "a map stands here; expected a list of steps";
    const help = "a list begins with -, or stands in [ ]";
    spot.walk.slip("spec/wrong-type", node.at, message, { help });
    return present(stepValue(node, below(inside, 0)));
  }
  if (node.kind !== "list") return wrongType(shape, node, spot);
  return node.items.flatMap((item, index) => stepValue(item, below(inside, index)) ?? []);
}

const present = (step: StepPlan | undefined): Block => (step === undefined ? [] : [step]);

/** One step: its kind's own key, the keys only this kind has, and those every step may have. */
export function stepValue(node: YamlNode, spot: Spot): StepPlan | undefined {
  if (node.kind === "scalar" && node.broken === true) {
    spot.walk.sound = false;
    return undefined;
  }
  if (node.kind !== "map") {
    const called =
      node.kind === "scalar" && /^[\w-]+\.[\w.-]+$/.test(node.text) ? node.text : undefined;
    const [, key] = (node.kind === "scalar" && /^([a-z-]+):\S/.exec(node.text)) || [];
    const help =
      key !== undefined
        ? `a blank is missing after "${key}:"`
        : node.kind === "list"
          ? "one step stands here, without -"
          : called === undefined
            ? "a step is a map, such as - call: erp.createOrder"
            : `write { call: ${called} }`;
    return wrongType({ type: "step" }, node, spot, help);
  }
  const found = findKind(node, spot);
  if (found === undefined) return undefined;
  const { entry, definition } = found;
  const { walk } = spot;
  const site = newSite(spot.pointer);
  const inside = { ...spot, site };
  const broken = wrongArgument(entry, definition, spot);
  const known = { [definition.kind]: definition.argument, ...definition.beside, ...commonFields };
  const own = inPlace(known, node, inside);
  if (!broken) refuseUnknown(own, known, inside);
  // Counted before the blocks inside are walked, so that numbers follow the order of the text.
  const automatic = walk.automaticId(definition.kind);
  const id = givenId(node);
  const argument = below(inside, definition.kind);
  const plan: Writable<StepPlan> = {
    kind: definition.kind,
    id: id ?? automatic,
    named: id !== undefined,
    at: entry.keyAt,
    argument: undefined,
    beside: undefined,
    common: { at: node.at },
  };
  walk.sites.set(plan, site);
  if (!broken) plan.argument = spot.value(definition.argument.shape, entry.value, argument);
  plan.beside = { ...members(definition.beside, own, inside), at: node.at };
  plan.common = { ...members(commonFields, own, inside), at: node.at };
  return plan;
}

/** Keys of the argument beside it, or keys of the step below it: one finding says where they belong. */
function wrongArgument(entry: MapEntry, { kind, argument }: StepDefinition, spot: Spot): boolean {
  const { shape } = argument;
  const { value } = entry;
  if (shape.type === "object" && value.kind === "scalar") {
    const keys = listWords(Object.keys(shape.fields));
    const meant = meantBy(shape, value);
    const help =
      meant?.startsWith("write ") === true ? meant : `${keys} stand below "${kind}:", indented`;
    wrongType(shape, value, below(spot, kind), help);
    return true;
  }
  if (shape.type === "reference" && value.kind === "map") {
    const help = `write ${kind}: <name>; the other keys of the step stand beside "${kind}", not below it`;
    wrongType(shape, value, below(spot, kind), help);
    return true;
  }
  return false;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function givenId(node: MapNode): string | undefined {
  const value = node.entries.find((entry) => entry.key === "id")?.value;
  return value?.kind === "scalar" && value.value !== null ? value.text : undefined;
}

interface FoundKind {
  readonly entry: MapEntry;
  readonly definition: StepDefinition;
}

/** `call` beside `map` is a call with a mapping: a kind's own keys come before other kinds. */
function findKind(node: MapNode, spot: Spot): FoundKind | undefined {
  const candidates = node.entries.flatMap((entry): FoundKind[] => {
    const definition = Object.hasOwn(stepDefinitions, entry.key)
      ? stepDefinitions[entry.key]
      : undefined;
    return definition === undefined ? [] : [{ entry, definition }];
  });
  const owner = candidates.find((one) =>
    candidates.every(
      (other) => other === one || Object.hasOwn(one.definition.beside, other.entry.key),
    ),
  );
  if (owner !== undefined) return owner;
  const [first, second] = candidates;
  if (first === undefined || second === undefined) return unknownStep(node, spot);
  const message = `"${first.entry.key}" and "${second.entry.key}" stand on one step; a step is of one kind`;
  spot.walk.flaw("spec/kinds-mixed", second.entry.keyAt, message, {
    help: "make two steps of them: each begins with -",
    related: [{ at: first.entry.keyAt, message: `"${first.entry.key}" stands here` }],
  });
  return undefined;
}

function unknownStep(node: MapNode, spot: Spot): undefined {
  const help = `step kinds are ${listWords(kinds, 40)}`;
  const strange = node.entries.filter(({ key }) => !commonKeys.includes(key));
  const unknown = strange.find(({ key }) => otherWord(key, kinds) !== undefined) ?? strange[0];
  if (unknown === undefined) {
    const message = "a step without a kind: none of its keys says what it does";
    const own = listWords(node.entries.map(({ key }) => key));
    const verb = node.entries.length === 1 ? "stands" : "stand";
    spot.walk.flaw("spec/unknown-step", node.at, message, {
      help: `${own} ${verb} beside the kind of its step, without a - of its own; ${help}`,
    });
    return undefined;
  }
  const message = `unknown step kind "${unknown.key}"${guess(unknown.key, kinds)}`;
  const meant = meantKey(unknown, kinds, stepArguments);
  if (meant === undefined) {
    spot.walk.flaw("spec/unknown-step", unknown.keyAt, message, { help });
    return;
  }
  const diagnostic = finding("spec/unknown-step", unknown.keyAt, message, { help });
  spot.walk.misspelt.push({ keyAt: unknown.keyAt, meant, diagnostic });
}
