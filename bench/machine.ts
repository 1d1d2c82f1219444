import { cpus, loadavg, totalmem } from "node:os";

/** The machine, and how busy it was: only milliseconds of CPU, and ratios in one run, travel. */
export function machine(): string {
  const load = loadavg()[0]?.toFixed(1) ?? "unknown";
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus()[0]?.model ?? "unknown"}, ${cpus().length} CPUs, ${gigabytes} GB, load ${load}, Node ${process.version}`;
}
