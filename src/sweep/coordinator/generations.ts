/**
 * Which generations of a plan have ended: its order is cut into chunks of one size, and a trial of generation g may start
 * only when all trials of generations ≤ g−2 have ended.
 *
 * Two neighbouring generations overlap, so workers hardly ever wait; and what is decided from the results of
 * generations ≤ g−2 is the same for any number of workers and any durations. Places are those of the plan, from 0.
 */
export class Generations {
  readonly #size: number;
  /** Trials of each generation that have not ended. */
  readonly #open: number[] = [];
  #entered = 0;
  #complete = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** The trial of the next place. */
  enter(ended: boolean): void {
    this.#open[this.next] = (this.#open[this.next] ?? 0) + (ended ? 0 : 1);
    this.#entered += 1;
    this.#advance();
  }

  /** Once for each trial that entered before its end. */
  end(place: number): void {
    this.#open[this.of(place)] -= 1;
    this.#advance();
  }

  of(place: number): number {
    return Math.floor(place / this.#size);
  }

  /** Places of generations ≤ g−2, where g is that of the given one. */
  settledBefore(place: number): number {
    return Math.max(0, (this.of(place) - 1) * this.#size);
  }

  mayStart(place: number): boolean {
    return this.of(place) <= this.#complete + 1;
  }

  /** Of the next trial that enters. */
  get next(): number {
    return this.of(this.#entered);
  }

  /** Whether what generation `next` may depend on has ended. */
  get isNextKnowable(): boolean {
    return this.next <= this.#complete + 1;
  }

  /** A generation that still lacks trials has not ended. */
  #advance(): void {
    while (this.#complete < this.next && this.#open[this.#complete] === 0) this.#complete += 1;
  }
}
