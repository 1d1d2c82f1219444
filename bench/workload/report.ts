/** What a measured process tells the one that measures it. */
export interface Usage {
  /** User and system time since the start, in milliseconds. */
  readonly cpuMs: number;
  readonly rssMb: number;
}

/** Answers each message of the parent with what this process has used, and ends with the parent. */
export function reportTo(parent: NodeJS.Process, url: string): void {
  parent.on("message", () => {
    const { user, system } = parent.cpuUsage();
    const usage: Usage = {
      cpuMs: (user + system) / 1000,
      rssMb: parent.memoryUsage.rss() / 1_048_576,
    };
    parent.send?.({ usage });
  });
  parent.send?.({ url });
}

/** Tells which flows ended, a line each on standard output, once a turn of the event loop. */
export function endings(output: NodeJS.WriteStream): (id: string) => void {
  let ended: string[] = [];
  return (id) => {
    if (ended.length === 0) {
      setImmediate(() => {
        output.write(`${ended.join("\n")}\n`);
        ended = [];
      });
    }
    ended.push(id);
  };
}
