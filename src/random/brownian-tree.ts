/**
 * Brownian motion as a pure function of (key, purpose, interval): increments W and space-time Lévy areas H.
 *
 * W = W_t − W_s and H = 1/(t − s) ∫_s^t (W_r − W_s − (r − s)/(t − s) W) dr, independent, N(0, t − s) and
 * N(0, (t − s)/12). A binary tree over [t0, t1] holds (W, H) of every dyadic interval; a node of length L is halved by
 * two normals X, Y of its own Philox counter (Foster, Lyons & Oberhauser, SIAM J. Numer. Anal. 58, 2020; the moments of
 * the halves given W and H):
 *   W_left = W/2 + 3H/2 + √L/4 X,  H_left, H_right = H/4 − √L/8 X ± √(L/48) Y,  W_right = W − W_left.
 * An interval is covered by the fewest nodes, which are joined in order (Chen's relation):
 *   W = W1 + W2,  H = (L1 H1 + L2 H2 + (L2 W1 − L1 W2)/2)/(L1 + L2).
 * No number is a difference of larger ones, so short intervals far from t0 keep their digits.
 *
 * Where an end of the interval lies inside a leaf (depth levels down), the leaf's path is its conditional mean given
 * (W, H), a parabola: the path is one fixed continuous function, additive to rounding. What that leaves out
 * is variance below the length of a leaf: at most L/16 for a point inside one, 2^−34 (t1 − t0) by default.
 *
 * Invariant: an increment depends on nothing but the identity of the tree, the entry and the interval: not on the order
 * of queries, nor on how many entries there are. The splits on the paths of the latest ends are kept (memoisation).
 * Cost: a split is one Philox block an entry, about 60 ns; an end at a multiple of (t1 − t0)/2^m needs at most m splits, any other
 * `depth`; of two queries that share an end the second has that end's splits already.
 * Memory: 64 bytes an entry and level.
 * Limits: forward in time; steps below the leaf see a smooth path.
 */
import { UserError } from '../errors.js';
import { normalPair } from './normal-pair.js';
import { BLOCK_WORDS } from './philox.js';
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
}

/** Chosen so that a leaf, 1e-9 of the interval, is far below every step that pays. */
const DEFAULT_DEPTH = 30;
/** Node numbers below 2^49 leave word 1 of the counter to 17 bits. */
const MAX_DEPTH = 48;
const TWO_TO_32 = 0x1_0000_0000;
/** A time within this many ulp of a multiple of the leaf means that multiple. */
const SNAP_ULPS = 4;

/** The halves of one node. */
interface Split {
  /** Of the node within its level; −1: none yet. */
  index: number;
  readonly leftW: Float64Array;
  readonly leftH: Float64Array;
  readonly rightW: Float64Array;
  readonly rightH: Float64Array;
}

export class BrownianTree {
  readonly t0: number;
  readonly t1: number;
  readonly entries: number;
  readonly #depth: number;
  readonly #key: Uint32Array;
  readonly #counter: Uint32Array;
  readonly #block = new Uint32Array(BLOCK_WORDS);
  readonly #pair = new Float64Array(2);
  readonly #rootW: Float64Array;
  readonly #rootH: Float64Array;
  /** By level two splits: one query descends to two ends at most, and the next one, before or after, shares one. */
  readonly #splits: (readonly [Split, Split])[] = [];
  /** The ends of the query at hand, in units of t1 − t0. */
  #from = 0;
  #to = 1;
  /** The cover so far: its length in units of t1 − t0, and where it is written. */
  #covered = 0;
  #w: Float64Array;
  #h: Float64Array;

  /** @throws UserError if the interval is empty or a number is out of its range */
  constructor({ key, purpose, t0, t1, entries, depth = DEFAULT_DEPTH }: BrownianTreeOptions) {
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
    // A name of its own keeps the tree's blocks apart from those of a stream with the same purpose.
    const identity = streamIdentity(key, `Brownian tree: ${purpose}`);
    this.#key = identity.slice(0, 2);
    // Words: node, node and attempt, entry, and as much of the identity as there is room for.
    this.#counter = Uint32Array.of(0, 0, 0, identity[3]);
    this.#rootW = new Float64Array(entries);
    this.#rootH = new Float64Array(entries);
    this.#w = this.#rootW;
    this.#h = this.#rootH;
    this.#plantRoot();
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
    this.#w = w;
    this.#h = h;
    this.#cover(0, 0, this.#rootW, this.#rootH);
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

  #plantRoot(): void {
    const span = this.t1 - this.t0;
    const [sizeW, sizeH] = [Math.sqrt(span), Math.sqrt(span / 12)];
    for (let entry = 0; entry < this.entries; entry += 1) {
      this.#draw(0, entry);
      this.#rootW[entry] = sizeW * this.#pair[0];
      this.#rootH[entry] = sizeH * this.#pair[1];
    }
  }

  /** Two normals of a node: node 0 is the root itself, node 2^level + index the halving of that node. */
  #draw(node: number, entry: number): void {
    this.#counter[0] = node;
    this.#counter[1] = Math.floor(node / TWO_TO_32);
    this.#counter[2] = entry;
    normalPair(this.#pair, this.#counter, this.#key, this.#block);
  }

  /** Joins the part of node (level, index) within the query to the cover, from left to right. */
  #cover(level: number, index: number, w: Float64Array, h: Float64Array): void {
    const [from, to] = [this.#from, this.#to];
    const width = 2 ** -level;
    const start = index * width;
    if (from <= start && to >= start + width) {
      this.#join(width, w, h, 0, 1);
      return;
    }
    if (level === this.#depth) {
      this.#join(width, w, h, Math.max(0, (from - start) / width), Math.min(1, (to - start) / width));
      return;
    }
    const split = this.#split(level, index, w, h);
    const middle = start + width / 2;
    if (from < middle) this.#cover(level + 1, 2 * index, split.leftW, split.leftH);
    if (to > middle) this.#cover(level + 1, 2 * index + 1, split.rightW, split.rightH);
  }

  /**
   * Chen's relation with the part [a, b] of a node, 0 ≤ a < b ≤ 1. Its conditional mean is aW + 6a(1 − a)H at a, of
   * which the part has W_ab = (b − a)(W + 6(1 − a − b)H) and H_ab = (b − a)²H; all of it for a = 0, b = 1.
   */
  #join(width: number, nodeW: Float64Array, nodeH: Float64Array, a: number, b: number): void {
    const [w, h] = [this.#w, this.#h];
    const share = b - a;
    const bend = 6 * (1 - a - b);
    const length = share * width;
    const total = this.#covered + length;
    const [before, after] = [this.#covered / total, length / total];
    for (let entry = 0; entry < this.entries; entry += 1) {
      const partH = share * share * nodeH[entry];
      const partW = share * (nodeW[entry] + bend * nodeH[entry]);
      if (before === 0) {
        w[entry] = partW;
        h[entry] = partH;
      } else {
        h[entry] = before * h[entry] + after * partH + (after * w[entry] - before * partW) / 2;
        w[entry] += partW;
      }
    }
    this.#covered = total;
  }

  #split(level: number, index: number, w: Float64Array, h: Float64Array): Split {
    const kept = (this.#splits[level] ??= [this.#emptySplit(), this.#emptySplit()]);
    if (kept[0].index === index) return kept[0];
    if (kept[1].index === index) return kept[1];
    // The other node that this query splits at this level, if any, keeps its place.
    const nodes = 2 ** level;
    const other =
      index === Math.floor(this.#from * nodes) ? Math.ceil(this.#to * nodes) - 1 : Math.floor(this.#from * nodes);
    const split = kept[0].index === other ? kept[1] : kept[0];
    const length = (this.t1 - this.t0) * 2 ** -level;
    const [quarter, eighth, side] = [Math.sqrt(length) / 4, Math.sqrt(length) / 8, Math.sqrt(length / 48)];
    const node = nodes + index;
    const pair = this.#pair;
    for (let entry = 0; entry < this.entries; entry += 1) {
      this.#draw(node, entry);
      const leftW = w[entry] / 2 + 1.5 * h[entry] + quarter * pair[0];
      const middleH = h[entry] / 4 - eighth * pair[0];
      const spread = side * pair[1];
      split.leftW[entry] = leftW;
      split.rightW[entry] = w[entry] - leftW;
      split.leftH[entry] = middleH + spread;
      split.rightH[entry] = middleH - spread;
    }
    split.index = index;
    return split;
  }

  #emptySplit(): Split {
    const array = (): Float64Array => new Float64Array(this.entries);
    return { index: -1, leftW: array(), leftH: array(), rightW: array(), rightH: array() };
  }
}
