/**
 * Standard normals as a pure function of a Philox counter: what a tree needs that is entered anywhere.
 *
 * Method: the transform of Box and Muller (Ann. Math. Statist. 29, 1958) in f32, two words a pair: 31 bits for the
 * radius, 32 for the angle. Two normals to seven digits for half a block, without a branch, so that the kernels make
 * them four at a time (`engines/kernels/assembly/brownian.ts`): a Brownian tree draws millions. log by the series of
 * artanh, sin and cos by Taylor's on an eighth of a turn, both cut below the last place of f32.
 * Invariant: depends on counter and key alone; only exactly rounded operations of f32 enter.
 * Limits: no normal beyond 6.66, where one in 3·10^10 would lie.
 */
import { philox } from './philox.js';

const { fround, sqrt } = Math;
const TWO_TO_MINUS_31 = 2 ** -31;
const SQRT_HALF_BITS = 0x3f3504f3;
/** π/2 in units of 2^−30: a quarter turn. */
const QUARTER_TURN = fround(Math.PI / 2 / 2 ** 30);
/** log 2 in two parts; the first ends in so many zeros that its products with exponents are exact. */
const LN2_HIGH = 0.693359375;
const LN2_LOW = fround(-2.121944400546906e-4);
const [LOG_9, LOG_7, LOG_5, LOG_3] = [9, 7, 5, 3].map((n) => fround(1 / n));
const [SINE_9, SINE_7, SINE_5, SINE_3] = [362880, -5040, 120, -6].map((n) => fround(1 / n));
const [COSINE_8, COSINE_6, COSINE_4, COSINE_2] = [40320, -720, 24, -2].map((n) => fround(1 / n));

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/**
 * Writes the two pairs X, Y, X', Y' of independent N(0, 1) of `counter` under `key` into `pairs`.
 * @param block overwritten
 */
export function normalPairs(pairs: Float64Array, counter: Uint32Array, key: Uint32Array, block: Uint32Array): void {
  philox(block, counter, key);
  turn(pairs, 0, block[0], block[1] | 0);
  turn(pairs, 2, block[2], block[3] | 0);
}

/** X and Y at the radius and angle of two words. */
function turn(pairs: Float64Array, place: number, radiusWord: number, angle: number): void {
  const size = radius(radiusWord);
  const quarter = ((angle + 0x20000000) | 0) >> 30;
  const rest = fround(fround((angle - (quarter << 30)) | 0) * QUARTER_TURN);
  const square = fround(rest * rest);
  const s = fround(fround(fround(series(SINE_9, SINE_7, SINE_5, SINE_3, square) * square) * rest) + rest);
  const c = fround(fround(series(COSINE_8, COSINE_6, COSINE_4, COSINE_2, square) * square) + 1);
  const turned = (quarter & 1) === 1;
  const x = fround(size * (turned ? s : c));
  const y = fround(size * (turned ? c : s));
  pairs[place] = (1 - ((quarter + 1) & 2)) * x;
  pairs[place + 1] = (1 - (quarter & 2)) * y;
}

/** √(−2 log u), u = (the upper 31 bits of a word + ½) / 2^31. */
function radius(word: number): number {
  const upper = word >>> 1;
  // u = 2^k (1 + f), 1 + f in [√½, √2).
  single[0] = unit(upper);
  const k = (bits[0] - SQRT_HALF_BITS) >> 23;
  bits[0] -= k << 23;
  // Near u = 1 its distance from 1 has more digits than it has itself.
  const f = k === 0 ? -unit(upper ^ 0x7fffffff) : fround(single[0] - 1);
  // log (1 + f) = 2 artanh s, and 2 s = f − s f: the leading term costs no rounding.
  const s = fround(f / fround(2 + f));
  const q = fround(s * s);
  const tail = fround(fround(fround(s + s) * q) * series(LOG_9, LOG_7, LOG_5, LOG_3, q));
  const low = fround(tail + fround(k * LN2_LOW));
  const logarithm = fround(fround(k * LN2_HIGH) + fround(f - fround(fround(s * f) - low)));
  return fround(sqrt(fround(-2 * logarithm)));
}

/** (upper + ½) / 2^31. */
function unit(upper: number): number {
  return fround(fround(fround(upper) + 0.5) * TWO_TO_MINUS_31);
}

/** ((c0 x + c1) x + c2) x + c3 in f32. */
function series(c0: number, c1: number, c2: number, c3: number, x: number): number {
  return fround(fround(fround(fround(fround(fround(c0 * x) + c1) * x) + c2) * x) + c3);
}
