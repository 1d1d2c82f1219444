import Table from "cli-table3";

/** A plain table: columns by two blanks, no lines, nothing after the last column. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const none = "";
  const plain = new Table({
    head: [...head],
    chars: {
      top: none,
      "top-mid": none,
      "top-left": none,
      "top-right": none,
      bottom: none,
      "bottom-mid": none,
      "bottom-left": none,
      "bottom-right": none,
      left: none,
      "left-mid": none,
      mid: none,
      "mid-mid": none,
      right: none,
      "right-mid": none,
      middle: "  ",
    },
    style: { "padding-left": 0, "padding-right": 0, head: [], border: [] },
  });
  plain.push(...rows.map((row) => [...row]));
  return `${plain
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n")}\n`;
}
