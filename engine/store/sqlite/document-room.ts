/** Rows are not made longer than this for what is still to come. */
const charactersMax = 4096;

/**
 * Room in a run's row for what it will say at its end. A row that grows after its page was filled
 * parts the page in two halves, half empty each: two of three bytes of the table were of nobody. So
 * the text of its state is followed by blanks, which mean nothing in JSON; how many, the last run of
 * its flow tells.
 */
export class DocumentRoom {
  readonly #sizes = new Map<string, number>();

  /** The state with its room. */
  state(flow: string, state: string): string {
    return state.padEnd(this.#sizes.get(flow) ?? 0);
  }

  /** A run of the flow ended with so many characters. */
  learn(flow: string, characters: number): void {
    this.#sizes.set(flow, Math.min(characters, charactersMax));
  }
}
