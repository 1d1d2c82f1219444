import process from "node:process";

/** Where the CLI writes, and what it knows of the place. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Colour only on a terminal, and never with `NO_COLOR`. */
  readonly color: boolean;
  readonly width: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Resolves when the user asks to stop (SIGINT, SIGTERM). */
  stopped(): Promise<void>;
}

export function systemTerminal(): Terminal {
  // The reader went away (`| head`): there is nobody left to write to, and nothing is wrong.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    color: process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "",
    width: process.stdout.columns ?? 100,
    env: process.env,
    cwd: process.cwd(),
    stopped: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      process.once("SIGINT", () => {
        resolve();
      });
      process.once("SIGTERM", () => {
        resolve();
      });
      await promise;
    },
  };
}

/** ANSI styles by meaning; plain text where the terminal has no colour. */
export function styles(terminal: Terminal) {
  const wrap = (open: number, close: number) => (text: string) =>
    terminal.color ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return {
    strong: wrap(1, 22),
    faint: wrap(2, 22),
    good: wrap(32, 39),
    bad: wrap(31, 39),
    warn: wrap(33, 39),
    name: wrap(36, 39),
  };
}
