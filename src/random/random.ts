/**
 * Random numbers as pure functions of (key, purpose, counter): see `philox.ts`.
 *
 * A stream never depends on what other streams drew, on the worker, or on time. The key of a trial is
 * (sweep seed, the cell's `seed` parameter): cells that differ in a weight or a tolerance alone share
 * their numbers, so that differences between them are due to the weight and not to the draw.
 */
export interface RandomKey {
  /** `seed:` of the sweep file, an integer in [0, 2^53). */
  readonly sweepSeed: number;
  /** The cell's `seed` parameter, an integer in [0, 2^32). */
  readonly trialSeed: number;
}

/** How far a stream has been read: with its key and purpose, all of its state. */
export interface StreamPosition {
  /** Words of Philox that were taken. */
  readonly words: number;
  /** The second normal of a pair of which only the first was taken; null: none waits. */
  readonly waitingNormal: number | null;
}

export interface RandomStream {
  /** U[0, 1) with 53 random bits. */
  uniform(): number;
  /** U[low, high). */
  uniformBetween(low: number, high: number): number;
  /** N(0, 1). */
  normal(): number;
  /** Uniform integer in [0, bound), bound in [1, 2^32], without modulo bias. */
  integer(bound: number): number;
  /** A uniformly random permutation of 0..count−1 (Fisher–Yates). */
  permutation(count: number): Uint32Array;
  position(): StreamPosition;
  /** Goes on as the stream of the same key and purpose did from that position. */
  seek(position: StreamPosition): void;
}
