/**
 * Brownian motion as a pure function of (key, purpose, interval): increments W and space-time Lévy areas H.
 *
 * W = W_t − W_s and H = 1/(t − s) ∫_s^t (W_r − W_s − (r − s)/(t − s) W) dr, independent, N(0, t − s) and
 * N(0, (t − s)/12). A binary tree over [t0, t1] holds (W, H) of every dyadic interval; a node is halved by two normals
 * of its own Philox counter, and an interval is covered by the fewest nodes, which are joined in order
 * (`host-brownian.ts` has the formulas). No number is a difference of larger ones, so short intervals far from t0 keep
 * their digits.
 *
 * Where an end of the interval lies inside a leaf (depth levels down), the leaf's path is its conditional mean given
 * (W, H), a parabola: the path is one fixed continuous function, additive to rounding. What that leaves out
 * is variance below the length of a leaf: at most L/16 for a point inside one, 2^−34 (t1 − t0) by default.
 *
 * Invariant: an increment depends on nothing but the identity of the tree, the entry and the interval: not on the order
 * of queries, nor on how many entries there are, nor on what does the arithmetic. The splits on the paths of the latest
 * ends are kept (memoisation).
 * Cost: an end at a multiple of (t1 − t0)/2^m needs at most m splits, any other `depth`; of two queries that share an end
 * the second has that end's splits already. A split takes some 8 ns an entry on the kernels, 90 on the host.
 * Memory: 64 bytes an entry and level, for the levels that queries reached.
 * Limits: forward in time; steps below the leaf see a smooth path.
 */
import type { BrownianArithmetic, BrownianNode, BrownianRows } from '../engines/engine.js';
import { UserError } from '../errors.js';
import { HostBrownian } from './host-brownian.js';
import type { RandomKey } from './random.js';
import { streamIdentity } from './stream-identity.js';

export interface BrownianTreeOptions {
  readonly key: RandomKey;
  /** What the path is for, such as "train 17": trees of different purposes are independent. */
  readonly purpose: string;
  readonly t0: number;
  readonly t1: number;
  /** Number of independent motions, such as rows × columns of a state. */
  readonly entries: number;
  /** Levels of halving, 1 to 48. Default 30. */
  readonly depth?: number;
  /** `Engine.brownian` of the engine that solves along the path; null or absent: the host's, with the same bits. */
  readonly arithmetic?: BrownianArithmetic | null;
}

/** Chosen so that a leaf, 1e-9 of the interval, is far below every step that pays. */
const DEFAULT_DEPTH = 30;
/** Node numbers stay below 2^49, exact in a double. */
const MAX_DEPTH = 48;
const TWO_TO_32 = 0x1_0000_0000;
/** A time within this many ulp of a multiple of the leaf means that multiple. */
const SNAP_ULPS = 4;

/** The halves of one node. */
interface Split {
  /** Of the node within its level; −1: none yet. */
  index: number;
  readonly left: BrownianRows;
  readonly right: BrownianRows;
}

export class BrownianTree {
  readonly t0: number;
  readonly t1: number;
  readonly entries: number;
  readonly #depth: number;
  readonly #key: RandomKey;
  readonly #arithmetic: BrownianArithmetic;
  readonly #root: BrownianRows;
  /** By level two splits: one query descends to two ends at most, and the next one, before or after, shares one. */
  readonly #splits: (readonly [Split, Split])[] = [];
  /** Where joins are made. */
  readonly #sum: BrownianRows;
  #identity: Uint32Array;
  /** The ends of the query at hand, in units of t1 − t0. */
  #from = 0;
  #to = 1;
  /** The cover so far: its length in units of t1 − t0, and where it is. */
  #covered = 0;
  #cover: BrownianRows;

  /** @throws UserError if the interval is empty or a number is out of its range */
  constructor({ key, purpose, t0, t1, entries, depth = DEFAULT_DEPTH, arithmetic }: BrownianTreeOptions) {
    if (!Number.isFinite(t1 - t0) || !(t0 < t1)) {
      throw new UserError('usage', `A Brownian tree needs a finite interval with t0 < t1, not [${t0}, ${t1}].`);
    }
    if (!Number.isInteger(entries) || entries < 1 || entries > TWO_TO_32) {
      throw new UserError('usage', `A Brownian tree needs between 1 and 2^32 entries, not ${entries}.`);
    }
    if (!Number.isInteger(depth) || depth < 1 || depth > MAX_DEPTH) {
      throw new UserError(
        'usage',
        `The depth of a Brownian tree must be an integer in [1, ${MAX_DEPTH}], not ${depth}.`,
      );
    }
    this.t0 = t0;
    this.t1 = t1;
    this.entries = entries;
    this.#depth = depth;
    this.#key = key;
    this.#arithmetic = arithmetic ?? new HostBrownian();
    this.#root = this.#arithmetic.allocate(entries);
    this.#sum = this.#arithmetic.allocate(entries);
    this.#cover = this.#root;
    this.#identity = this.#plant(purpose);
  }

  /** Makes this the tree of another purpose, in the memory it has. */
  replant(purpose: string): void {
    for (const split of this.#splits.flat()) split.index = -1;
    this.#identity = this.#plant(purpose);
  }

  /**
   * Writes W and H of [s, t], entry by entry.
   * @throws Error unless t0 ≤ s < t ≤ t1 (up to rounding) and both arrays hold one number an entry
   */
  increment(s: number, t: number, w: Float64Array, h: Float64Array): void {
    if (w.length !== this.entries || h.length !== this.entries) {
      throw new Error(`The tree has ${this.entries} entries, but the arrays hold ${w.length} and ${h.length}.`);
    }
    const [from, to] = [this.#position(s), this.#position(t)];
    if (!(from >= 0 && from < to && to <= 1)) {
      throw new Error(`[${s}, ${t}] is no interval forwards in time within [${this.t0}, ${this.t1}].`);
    }
    this.#from = from;
    this.#to = to;
    this.#covered = 0;
    this.#visit(0, 0, this.#root);
    this.#arithmetic.read(this.#cover, w, h);
  }

  /** Gives the memory back to the arithmetic. */
  dispose(): void {
    const rows = this.#splits.flat().flatMap(({ left, right }) => [left, right]);
    for (const each of [this.#root, this.#sum, ...rows]) this.#arithmetic.free(each);
    this.#splits.length = 0;
  }

  /** Time in units of the interval; onto a multiple of the leaf where rounding alone keeps it off. */
  #position(time: number): number {
    const span = this.t1 - this.t0;
    const position = (time - this.t0) / span;
    const leaves = 2 ** this.#depth;
    const nearest = Math.round(position * leaves) / leaves;
    const slack = (SNAP_ULPS * Number.EPSILON * Math.max(Math.abs(this.t0), Math.abs(this.t1), span)) / span;
    return Math.abs(position - nearest) <= slack ? nearest : position;
  }

  /** Draws the root. @returns the identity of the tree */
  #plant(purpose: string): Uint32Array {
    // A name of its own keeps the tree's blocks apart from those of a stream with the same purpose.
    const identity = streamIdentity(this.#key, `Brownian tree: ${purpose}`);
    const span = this.t1 - this.t0;
    this.#arithmetic.root(nodeOf(identity, 0), Math.sqrt(span), Math.sqrt(span / 12), this.#root);
    return identity;
  }

  /** Joins the part of node (level, index) within the query to the cover, from left to right. */
  #visit(level: number, index: number, rows: BrownianRows): void {
    const [from, to] = [this.#from, this.#to];
    const width = 2 ** -level;
    const start = index * width;
    if (from <= start && to >= start + width) {
      this.#join(width, rows, 0, 1);
      return;
    }
    if (level === this.#depth) {
      this.#join(width, rows, Math.max(0, (from - start) / width), Math.min(1, (to - start) / width));
      return;
    }
    const { left, right } = this.#split(level, index, rows);
    const middle = start + width / 2;
    if (from < middle) this.#visit(level + 1, 2 * index, left);
    if (to > middle) this.#visit(level + 1, 2 * index + 1, right);
  }

  /** Joins the part [a, b] of a node; a whole node that comes first is the cover as it is. */
  #join(width: number, rows: BrownianRows, a: number, b: number): void {
    const length = (b - a) * width;
    const total = this.#covered + length;
    if (this.#covered === 0 && a === 0 && b === 1) {
      this.#cover = rows;
    } else {
      const part = { a, b, before: this.#covered / total, after: length / total };
      this.#arithmetic.join(this.#covered === 0 ? null : this.#cover, rows, part, this.#sum);
      this.#cover = this.#sum;
    }
    this.#covered = total;
  }

  #split(level: number, index: number, rows: BrownianRows): Split {
    const kept = (this.#splits[level] ??= [this.#emptySplit(), this.#emptySplit()]);
    if (kept[0].index === index) return kept[0];
    if (kept[1].index === index) return kept[1];
    // The other node that this query splits at this level, if any, keeps its place.
    const nodes = 2 ** level;
    const other =
      index === Math.floor(this.#from * nodes) ? Math.ceil(this.#to * nodes) - 1 : Math.floor(this.#from * nodes);
    const split = kept[0].index === other ? kept[1] : kept[0];
    const length = (this.t1 - this.t0) * 2 ** -level;
    this.#arithmetic.split(nodeOf(this.#identity, nodes + index), length, rows, split.left, split.right);
    split.index = index;
    return split;
  }

  #emptySplit(): Split {
    return {
      index: -1,
      left: this.#arithmetic.allocate(this.entries),
      right: this.#arithmetic.allocate(this.entries),
    };
  }
}

/** Node 0 is the root itself, node 2^level + index the halving of that node. */
function nodeOf(identity: Uint32Array, number: number): BrownianNode {
  // As much of the identity as the counter has room for beside node and entry.
  const [key0, key1, , stream] = identity;
  return { key0, key1, stream, number };
}
