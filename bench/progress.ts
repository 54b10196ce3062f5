/** What the bench is doing and how long it will still take, on stderr: stdout has the tables alone. */
import { formatDuration } from '../src/report/format-duration.js';

export class Progress {
  readonly #total: number;
  readonly #began = performance.now();
  #done = 0;

  /** @param total parts of about the same length */
  constructor(total: number) {
    this.#total = total;
  }

  /** Runs one part and says when it ends. */
  async part<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const elapsed = (performance.now() - this.#began) / 1000;
    const left =
      this.#done === 0 ? '' : `, about ${formatDuration((elapsed / this.#done) * (this.#total - this.#done))} left`;
    console.error(`[${this.#done + 1}/${this.#total}] ${name}${left}`);
    const result = await work();
    this.#done += 1;
    return result;
  }
}
