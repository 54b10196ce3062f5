/**
 * MT19937 as `numpy.random.RandomState(seed).random_sample()` uses it, so that every library starts from one set of
 * numbers.
 *
 * Source: Matsumoto & Nishimura, ACM TOMACS 8 (1998), with the seeding of their 2002 revision; a sample takes the upper
 * 27 and 26 bits of two words.
 */
const SIZE = 624;
const MIDDLE = 397;
const TWIST = 0x9908b0df;
const TWO_TO_26 = 0x400_0000;
const TWO_TO_MINUS_53 = 1 / 0x20_0000_0000_0000;

export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #used = SIZE;

  /** @param seed an integer in [0, 2^32) */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < SIZE; i += 1) {
      const previous = state[i - 1] ^ (state[i - 1] >>> 30);
      state[i] = Math.imul(1812433253, previous) + i;
    }
  }

  /** U[0, 1) with 53 bits. */
  sample(): number {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * TWO_TO_26 + low) * TWO_TO_MINUS_53;
  }

  /** U[low, high), rounded once to f32. */
  uniform(low: number, high: number): number {
    return Math.fround(low + (high - low) * this.sample());
  }

  #word(): number {
    if (this.#used === SIZE) this.#refill();
    let word = this.#state[this.#used];
    this.#used += 1;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i += 1) {
      const joined = (state[i] & 0x8000_0000) | (state[(i + 1) % SIZE] & 0x7fff_ffff);
      state[i] = state[(i + MIDDLE) % SIZE] ^ (joined >>> 1) ^ ((joined & 1) * TWIST);
    }
    this.#used = 0;
  }
}
