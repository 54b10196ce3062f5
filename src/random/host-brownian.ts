/**
 * The arithmetic of Brownian trees in plain TypeScript: the definition that those of the engines are held against.
 *
 * Sources: the moments of the halves given W and H, Foster, Lyons & Oberhauser (SIAM J. Numer. Anal. 58, 2020):
 *   W_left = W/2 + 3H/2 + √L/4 X,  H_left, H_right = H/4 − √L/8 X ± √(L/48) Y,  W_right = W − W_left;
 * Chen's relation for the join of lengths L1 and L2:
 *   W = W1 + W2,  H = (L1 H1 + L2 H2 + (L2 W1 − L1 W2)/2)/(L1 + L2).
 * Entries 2i and 2i + 1 share block i of a node.
 */
import type { BrownianArithmetic, BrownianNode, BrownianPart, BrownianRows } from '../engines/engine.js';
import { normalPairs } from './normal-pairs.js';
import { BLOCK_WORDS } from './philox.js';

const TWO_TO_32 = 0x1_0000_0000;

class HostRows implements BrownianRows {
  readonly w: Float64Array;
  readonly h: Float64Array;

  constructor(readonly entries: number) {
    this.w = new Float64Array(entries);
    this.h = new Float64Array(entries);
  }
}

export class HostBrownian implements BrownianArithmetic {
  readonly #key = new Uint32Array(2);
  readonly #counter = new Uint32Array(BLOCK_WORDS);
  readonly #block = new Uint32Array(BLOCK_WORDS);
  /** X, Y of an even entry and of the odd one after it. */
  readonly #pairs = new Float64Array(4);

  allocate(entries: number): BrownianRows {
    return new HostRows(entries);
  }

  free(): void {
    // Garbage.
  }

  read(rows: BrownianRows, w: Float64Array, h: Float64Array): void {
    const own = this.#own(rows);
    w.set(own.w);
    h.set(own.h);
  }

  root(node: BrownianNode, sizeW: number, sizeH: number, target: BrownianRows): void {
    const { w, h } = this.#own(target);
    this.#begin(node);
    for (let entry = 0; entry < w.length; entry += 1) {
      const place = this.#draw(entry);
      w[entry] = sizeW * this.#pairs[place];
      h[entry] = sizeH * this.#pairs[place + 1];
    }
  }

  split(node: BrownianNode, length: number, source: BrownianRows, left: BrownianRows, right: BrownianRows): void {
    const { w, h } = this.#own(source);
    const { w: leftWs, h: leftHs } = this.#own(left);
    const { w: rightWs, h: rightHs } = this.#own(right);
    const [quarter, eighth, side] = [Math.sqrt(length) / 4, Math.sqrt(length) / 8, Math.sqrt(length / 48)];
    this.#begin(node);
    for (let entry = 0; entry < w.length; entry += 1) {
      const place = this.#draw(entry);
      const leftW = w[entry] / 2 + 1.5 * h[entry] + quarter * this.#pairs[place];
      const middleH = h[entry] / 4 - eighth * this.#pairs[place];
      const spread = side * this.#pairs[place + 1];
      leftWs[entry] = leftW;
      rightWs[entry] = w[entry] - leftW;
      leftHs[entry] = middleH + spread;
      rightHs[entry] = middleH - spread;
    }
  }

  /**
   * The conditional mean of a node at a is aW + 6a(1 − a)H, of which the part has W_ab = (b − a)(W + 6(1 − a − b)H) and
   * H_ab = (b − a)²H; all of it for a = 0, b = 1.
   */
  join(first: BrownianRows | null, node: BrownianRows, part: BrownianPart, target: BrownianRows): void {
    const { a, b, before, after } = part;
    const { w: nodeW, h: nodeH } = this.#own(node);
    const { w, h } = this.#own(target);
    const earlier = first === null ? null : this.#own(first);
    const share = b - a;
    const bend = 6 * (1 - a - b);
    for (let entry = 0; entry < w.length; entry += 1) {
      const partH = share * share * nodeH[entry];
      const partW = share * (nodeW[entry] + bend * nodeH[entry]);
      if (earlier === null) {
        w[entry] = partW;
        h[entry] = partH;
      } else {
        const firstW = earlier.w[entry];
        h[entry] = before * earlier.h[entry] + after * partH + (after * firstW - before * partW) / 2;
        w[entry] = firstW + partW;
      }
    }
  }

  #begin({ key0, key1, stream, number }: BrownianNode): void {
    this.#key[0] = key0;
    this.#key[1] = key1;
    this.#counter[0] = number;
    this.#counter[1] = Math.floor(number / TWO_TO_32);
    this.#counter[3] = stream;
  }

  /** Draws on even entries. @returns where the entry's pair is */
  #draw(entry: number): 0 | 2 {
    if (entry % 2 === 1) return 2;
    this.#counter[2] = entry / 2;
    normalPairs(this.#pairs, this.#counter, this.#key, this.#block);
    return 0;
  }

  #own(rows: BrownianRows): HostRows {
    if (!(rows instanceof HostRows)) throw new Error('The rows belong to another arithmetic.');
    return rows;
  }
}
