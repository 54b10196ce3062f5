/**
 * A trial's epochs as early stopping looks at them, in one growing array of doubles.
 *
 * The points as objects are made when someone asks and kept only as long as the memory is not needed for something else:
 * a sweep has many curves, but a verdict looks at all of them at once.
 */
import type { Curve, CurvePoint } from '../pruners/pruner.js';

/** epoch, nfe and loss come before the costs. */
const leading = 3;
const firstEpochs = 8;

export class CompactCurve implements Curve {
  ended = false;
  readonly #width: number;
  #length = 0;
  #values: Float64Array;
  #points: WeakRef<CurvePoint[]> | null = null;

  /** @param objectives their number */
  constructor(objectives: number) {
    this.#width = leading + objectives;
    this.#values = new Float64Array(this.#width * firstEpochs);
  }

  push(point: CurvePoint): void {
    const start = this.#length * this.#width;
    if (start === this.#values.length) {
      const longer = new Float64Array(2 * start);
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values.set([point.epoch, point.nfe, point.loss, ...point.costs], start);
    this.#length += 1;
    this.#points?.deref()?.push(point);
  }

  get points(): readonly CurvePoint[] {
    const made = this.#points?.deref();
    if (made !== undefined) return made;
    const points = Array.from({ length: this.#length }, (_, index) => this.#at(index));
    this.#points = new WeakRef(points);
    return points;
  }

  #at(index: number): CurvePoint {
    const [epoch, nfe, loss, ...costs] = this.#values.subarray(index * this.#width, (index + 1) * this.#width);
    return { epoch, nfe, loss, costs };
  }
}
