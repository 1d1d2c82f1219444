/** Counters since the server started, by name and labels. */
export class Counters {
  readonly #values = new Map<string, Map<string, number>>();

  /** `labels` are Prometheus label pairs, in a fixed order: bounded words only, never ids. */
  add(name: string, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    const series = this.#values.get(name) ?? new Map<string, number>();
    this.#values.set(name, series);
    const key = writeLabels(labels);
    series.set(key, (series.get(key) ?? 0) + by);
  }

  /** Lines of the Prometheus text format. */
  lines(): readonly string[] {
    return [...this.#values].flatMap(([name, series]) => [
      `# TYPE ${name} counter`,
      ...[...series].map(([labels, value]) => `${name}${labels} ${value}`),
    ]);
  }
}

/** `{a="1",b="2"}`, or nothing. */
export function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) =>
      `${name}="${value.replace(/[\\"\n]/g, (c) => (c === "\n" ? "\\n" : `\\${c}`))}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
