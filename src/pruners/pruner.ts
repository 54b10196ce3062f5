/**
 * Early stopping: after each epoch of a trial a pruner says whether the trial should end there.
 *
 * Invariants of every pruner:
 * - Pure: a verdict depends on the curves alone, not on the order of the others, a clock or chance.
 * - A trial that nothing beats at its epoch goes on, except past a bound that the user has set (`threshold.ts`).
 * - A curve that is nowhere better than another is stopped no later, all else equal.
 *
 * Cost: a verdict looks at every other curve once, O(n log n) at most.
 */

/** What is known of a trial after one epoch. */
export interface CurvePoint {
  /** 1-based. */
  readonly epoch: number;
  /** To minimise, one per objective; may be non-finite. An objective to maximise is negated. */
  readonly costs: readonly number[];
  /** May be non-finite; null: not told. */
  readonly nfe: number | null;
  /** Likewise. */
  readonly loss: number | null;
}

/** A trial's epochs so far, ascending. */
export interface Curve {
  readonly points: readonly CurvePoint[];
  /** The trial has ended, in whatever state: its curve grows no more. */
  readonly ended: boolean;
}

/** Why a trial should end now. */
export interface PruneVerdict {
  readonly code: 'median' | 'percentile' | 'asha' | 'threshold' | 'dominated';
  /** For people, with the figures that decided. */
  readonly message: string;
}

export interface Pruner {
  /**
   * Asked after `own` got its latest point.
   * @param others every other trial that it may be compared with
   * @returns null: the trial goes on
   */
  verdict(own: Curve, others: Iterable<Curve>): PruneVerdict | null;
}
