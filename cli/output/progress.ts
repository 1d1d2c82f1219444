import type { Terminal } from "./terminal.ts";

/** Tells how far long work is, on a terminal alone: one line, written over, gone at the end. */
export function progressLine(
  terminal: Terminal,
  what: string,
): { readonly at: (share: number) => void; readonly end: () => void } {
  let shown = "";
  const show = (line: string): void => {
    if (!terminal.color || line === shown) return;
    terminal.err(`\r\u001B[K${line}`);
    shown = line;
  };
  return {
    at: (share) => show(`${what} ${Math.floor(share * 100)} %`),
    end: () => show(""),
  };
}
