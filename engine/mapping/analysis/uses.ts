import type { Analysis, FunctionUse } from "../contract.ts";

/** Which code lists, ids of partners and tables of reference the functions look something up in. */
export function usesIn(
  functions: readonly FunctionUse[],
): Pick<Analysis, "codes" | "crosswalks" | "references"> {
  const named = (name: string) => functions.filter((use) => use.name === name);
  const crosswalk = (name: "xref" | "canonical") =>
    named(name).map(({ at, constants: [entity, system] }) => ({
      function: name,
      ...(typeof entity === "string" ? { entity } : {}),
      ...(typeof system === "string" ? { system } : {}),
      at,
    }));
  return {
    codes: named("code").map(({ at, constants: [list, value] }) => ({
      ...(typeof list === "string" ? { list } : {}),
      ...(value === undefined ? {} : { value }),
      at,
    })),
    crosswalks: [...crosswalk("xref"), ...crosswalk("canonical")],
    references: named("reference").map(({ at, constants: [table] }) => ({
      ...(typeof table === "string" ? { table } : {}),
      at,
    })),
  };
}
