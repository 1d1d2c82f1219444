import { describe, expect, test } from "vitest";
import { codeFrame } from "../../../engine/errors/frame.ts";

const at = (line: number, column: number, length: number) => ({
  file: "f.yaml",
  line,
  column,
  length,
});

describe("codeFrame", () => {
  test("puts a caret under what is meant", () => {
    expect(codeFrame("a\n  rout:\nc", at(2, 3, 4))).toEqual([
      "   |",
      " 2 |   rout:",
      "   |   ^~~~",
    ]);
  });

  test("makes room for line numbers of any size", () => {
    const text = `${"\n".repeat(1233)}key`;
    expect(codeFrame(text, at(1234, 1, 3))).toEqual(["     |", "1234 | key", "     | ^~~"]);
  });

  test("shows tabs as blanks and counts them", () => {
    expect(codeFrame("\tx: 1", at(1, 2, 1))).toEqual(["   |", " 1 |     x: 1", "   |     ^"]);
  });

  test("counts wide characters twice and combining ones not at all", () => {
    expect(codeFrame("名前: x", at(1, 5, 1))?.[2]).toBe("   |       ^");
    expect(codeFrame("e\u0301: x", at(1, 5, 1))?.[2]).toBe("   |    ^");
    expect(codeFrame("a: 名前", at(1, 4, 2))?.[2]).toBe("   |    ^~~~");
  });

  test("cuts long lines around the place, and never the place itself", () => {
    const line = `${"a".repeat(300)}HERE${"b".repeat(300)}`;
    const [, shown = "", caret = ""] = codeFrame(line, at(1, 301, 4)) ?? [];
    expect(shown.length).toBeLessThan(110);
    expect(shown.slice(caret.indexOf("^"), caret.indexOf("^") + 4)).toBe("HERE");
    expect(shown).toMatch(/^ 1 \| ….*…$/);
  });

  test("a place longer than the window is cut too", () => {
    const [, shown = "", caret = ""] = codeFrame("x".repeat(500), at(1, 1, 500)) ?? [];
    expect(shown.length).toBeLessThan(110);
    expect(caret.length).toBeLessThan(110);
  });

  test("control characters do not reach the terminal", () => {
    expect(codeFrame("a\u001B[31mb", at(1, 1, 1))?.[1]).toBe(" 1 | a�[31mb");
  });

  test("points behind the end of a line that is too short, and gives nothing for one that is not there", () => {
    expect(codeFrame("ab", at(1, 3, 1))).toEqual(["   |", " 1 | ab", "   |   ^"]);
    expect(codeFrame("ab\r\ncd", at(1, 1, 2))?.[1]).toBe(" 1 | ab");
    expect(codeFrame("ab", at(9, 1, 1))).toBeUndefined();
  });
});
