/**
 * A trial's epochs as early stopping looks at them, in one array of doubles.
 *
 * The points as objects are made when someone asks and kept only as long as the memory is not needed for something else:
 * a sweep has many curves, but a verdict looks at all of them at once.
 */
import type { Curve, CurvePoint } from '../../pruners/pruner.js';

/** epoch, nfe, loss, and which of the two are told, come before the costs. */
const leading = 4;
const toldNfe = 1;
const toldLoss = 2;

export class CompactCurve implements Curve {
  readonly #width: number;
  #length = 0;
  #ended = false;
  #values: number[] = [];
  #points: WeakRef<CurvePoint[]> | null = null;

  /** @param objectives their number */
  constructor(objectives: number) {
    this.#width = leading + objectives;
  }

  push(point: CurvePoint): void {
    const { epoch, nfe, loss, costs } = point;
    const told = (nfe === null ? 0 : toldNfe) + (loss === null ? 0 : toldLoss);
    this.#values.push(epoch, nfe ?? 0, loss ?? 0, told, ...costs);
    this.#length += 1;
    this.#points?.deref()?.push(point);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** No epoch follows: the room that the array keeps for them is given back. */
  end(): void {
    this.#ended = true;
    this.#values = this.#values.slice();
  }

  get points(): readonly CurvePoint[] {
    const made = this.#points?.deref();
    if (made !== undefined) return made;
    const points = Array.from({ length: this.#length }, (_, index) => this.#at(index));
    this.#points = new WeakRef(points);
    return points;
  }

  #at(index: number): CurvePoint {
    const [epoch, nfe, loss, told, ...costs] = this.#values.slice(index * this.#width, (index + 1) * this.#width);
    return { epoch, nfe: (told & toldNfe) === 0 ? null : nfe, loss: (told & toldLoss) === 0 ? null : loss, costs };
  }
}
