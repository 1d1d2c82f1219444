const tries = 3;

/**
 * The least CPU of this process, in milliseconds, that the work took in up to three tries; no more of them once
 * it is below what suffices (0: all of them). To be compared with another measured in the same test, never with a figure:
 * machines, their load and the instruments of coverage differ by more than ten times.
 */
export function leastCpuMs(suffices: number, work: () => unknown): number {
  let least = Infinity;
  for (let at = 0; at < tries; at += 1) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
    if (least < suffices) break;
  }
  return least;
}
