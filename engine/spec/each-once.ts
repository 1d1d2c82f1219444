import { compareDiagnostics, type Diagnostic, type SourceRef } from "../errors/diagnostic.ts";

/** Other places of a finding that are shown; how many there are in all is said. */
const shownPlaces = 3;

/**
 * What is named in many places and is nowhere is one mistake: told at the first that is no test.
 * What stands in a file that is used twice, by an alias, is told once.
 */
export function eachOnce(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const alike = Map.groupBy(found, (one) => keyOf(one));
  return [...alike.values()].flatMap((group) => {
    const places = new Map(group.map((one) => [placeText(one.at), one]));
    const [first, ...others] = [...places.values()].toSorted(
      (a, b) => Number(isTest(a.at)) - Number(isTest(b.at)) || compareDiagnostics(a, b),
    );
    if (first === undefined || others.length === 0) return first ?? [];
    const shown = others
      .slice(0, shownPlaces)
      .map(({ at }) => ({ at, message: "named here, too" }));
    const rest = others.length - shown.length;
    return {
      ...first,
      message: rest === 0 ? first.message : `${first.message} (${others.length + 1} places)`,
      related: [...(first.related ?? []), ...shown],
    };
  });
}

/** Names that mean something in their own file alone. */
const ofFile = /^reference\/unknown-(?:step|lookup|template|table|request|var)$/;
/** Names of the whole workspace. */
const ofWorkspace = /^reference\/unknown-|^schema\/annotation$|^ownership\/golden$/;

function keyOf({ code, message, at }: Diagnostic): string {
  if (ofFile.test(code)) return `${code} ${at.file} ${message}`;
  return ofWorkspace.test(code) ? `${code} ${message}` : `${code} ${placeText(at)} ${message}`;
}

const placeText = ({ file, line, column }: SourceRef): string => `${file}:${line}:${column}`;
const isTest = ({ file }: SourceRef): boolean => /\.test\.ya?ml$/.test(file);
