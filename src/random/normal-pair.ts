/**
 * Two standard normals as a pure function of a Philox counter: what a tree needs that is entered anywhere.
 *
 * Method: ziggurat of 256 layers of equal area (Marsaglia & Tsang, J. Stat. Softw. 5(8), 2000), with bits of their own
 * for layer, sign and place (Doornik 2005 shows what sharing them does). 98.8 % of the normals take one product and one
 * comparison, a third of what the polar method of `create-random.ts` costs with its logarithm; a Brownian tree draws
 * millions. The rest are decided by the blocks of further attempts, not by the next blocks of a stream.
 * Invariant: depends on counter and key alone; only exactly rounded arithmetic enters, also into the table.
 */
import { exp, log } from '../elementary/elementary.js';
import { philox } from './philox.js';

const LAYERS = 256;
/** Where the tail begins, and the area of each layer, for 256 layers. */
const TAIL = 3.6541528853610088;
const AREA = 0.0049286732339747;

const TWO_TO_21 = 0x20_0000;
const TWO_TO_MINUS_53 = 1 / 0x20_0000_0000_0000;
/** Attempts are counted in the upper bits of word 1, so that the words below stay the caller's. */
const ATTEMPT_SHIFT = 20;

/** Counters whose word 1 stays below this never meet another counter's attempts. */
export const WORD_1_LIMIT = 1 << ATTEMPT_SHIFT;

/** Right edges: layer i reaches to EDGES[i], the layer above it to EDGES[i + 1]; layer 0 as if the tail were a box. */
const EDGES = new Float64Array(LAYERS + 1);
/** The density at the edges, without its factor 1/√(2π). */
const HEIGHTS = new Float64Array(LAYERS + 1);
EDGES[0] = AREA / density(TAIL);
EDGES[1] = TAIL;
for (let i = 2; i < LAYERS; i += 1) EDGES[i] = Math.sqrt(-2 * log(AREA / EDGES[i - 1] + density(EDGES[i - 1])));
EDGES.forEach((edge, i) => (HEIGHTS[i] = density(edge)));

/**
 * Writes two independent N(0, 1) of `counter` under `key` into `pair`.
 * @param counter word 1 in [0, WORD_1_LIMIT); left as it was @param block overwritten
 */
export function normalPair(pair: Float64Array, counter: Uint32Array, key: Uint32Array, block: Uint32Array): void {
  philox(block, counter, key);
  const low0 = block[1];
  const low1 = block[3];
  const layer0 = low0 & 0xff;
  const layer1 = low1 & 0xff;
  const x0 = uniform(block[0], low0) * EDGES[layer0];
  const x1 = uniform(block[2], low1) * EDGES[layer1];
  const word = counter[1];
  const size0 = x0 < EDGES[layer0 + 1] ? x0 : decide(x0, layer0, 1, word, counter, key, block);
  const size1 = x1 < EDGES[layer1 + 1] ? x1 : decide(x1, layer1, 2, word, counter, key, block);
  counter[1] = word;
  // Bit 8 is the sign; no branch could guess it.
  pair[0] = (1 - ((low0 >>> 7) & 2)) * size0;
  pair[1] = (1 - ((low1 >>> 7) & 2)) * size1;
}

/**
 * |normal| where a place in a layer lies beyond the layer above.
 * @param attempt the first of the attempts at blocks, every second of which is this normal's; they change word 1
 */
function decide(
  place: number,
  placeLayer: number,
  attempt: number,
  word: number,
  counter: Uint32Array,
  key: Uint32Array,
  block: Uint32Array,
): number {
  let x = place;
  let layer = placeLayer;
  for (let next = attempt; ; next += 2) {
    counter[1] = word + next * WORD_1_LIMIT;
    philox(block, counter, key);
    const first = uniform(block[0], block[1]);
    const second = uniform(block[2], block[3]);
    if (layer === 0) {
      // The tail (Marsaglia 1964); 1 − u is never 0.
      const beyond = -log(1 - first) / TAIL;
      if (-2 * log(1 - second) >= beyond * beyond) return TAIL + beyond;
    } else {
      if (HEIGHTS[layer] + first * (HEIGHTS[layer + 1] - HEIGHTS[layer]) < density(x)) return x;
      layer = block[3] & 0xff;
      x = second * EDGES[layer];
      if (x < EDGES[layer + 1]) return x;
    }
  }
}

/** U[0, 1) from the 53 upper bits of two words; the other 11 stay free. */
function uniform(high: number, low: number): number {
  return (high * TWO_TO_21 + (low >>> 11)) * TWO_TO_MINUS_53;
}

function density(x: number): number {
  return exp((-x * x) / 2);
}
