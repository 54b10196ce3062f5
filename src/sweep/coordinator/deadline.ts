/** When a run starts no further trial: so many seconds after its start, however often that is changed. */
export class Deadline {
  readonly #startedAt = performance.now();
  readonly #pass: (seconds: number) => void;
  #timer: NodeJS.Timeout | undefined;

  /** @param pass called when the time has passed, with how much it was */
  constructor(pass: (seconds: number) => void) {
    this.#pass = pass;
  }

  /** @param seconds from the start; null: never */
  set(seconds: number | null): void {
    clearTimeout(this.#timer);
    if (seconds === null) return;
    const rest = 1000 * seconds - (performance.now() - this.#startedAt);
    this.#timer = setTimeout(() => this.#pass(seconds), Math.max(0, rest));
  }
}
