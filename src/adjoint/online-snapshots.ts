/**
 * Which states a forward pass of unknown length keeps, at most c of them at any time.
 *
 * Source: Wang, Moin & Iaccarino 2009, algorithm 1. Chosen among the online rules because the bound holds for
 * every length: no step is run more than once oftener than under the best order for that length (its own bound
 * is the best order's; the newest state, which it always keeps, is one of the c here). The rule of Stumm &
 * Walther 2010 promises its optimum up to C(c + 2, 2) steps only, and dropping every second state whenever c
 * are full was measured to run steps up to 116 times oftener (c = 2, 400 steps). A state once dropped is never
 * asked for again in the pass.
 *
 * Levels: a kept state is dispensable if a later one has a higher level. A new state takes the place of the
 * latest dispensable one, at level 0, or, if there is none, that of the newest, one level above it.
 */
export class OnlineSnapshots {
  readonly #budget: number;
  readonly #kept: { readonly at: number; readonly level: number }[] = [];

  /** @param budget c, at least 1: the state at 0 is always kept and is one of them */
  constructor(budget: number) {
    if (!(budget >= 1)) throw new Error(`At least the initial state must be kept, not ${budget} states.`);
    this.#budget = budget;
  }

  /** The kept states by number, ascending. */
  get held(): readonly number[] {
    return this.#kept.map(({ at }) => at);
  }

  /** Takes note of the next state. @returns the number of the one not to be kept (any longer), null for none */
  add(at: number): number | null {
    const kept = this.#kept;
    const newest = kept.at(-1);
    if (newest === undefined) {
      kept.push({ at, level: Infinity });
      return null;
    }
    if (kept.length < this.#budget) {
      kept.push({ at, level: 0 });
      return null;
    }
    if (kept.length === 1) return at;
    const place = this.#latestDispensable();
    const [dropped] = kept.splice(place ?? kept.length - 1, 1);
    kept.push({ at, level: place === null ? newest.level + 1 : 0 });
    return dropped.at;
  }

  #latestDispensable(): number | null {
    let highest = -1;
    for (let place = this.#kept.length - 1; place > 0; place -= 1) {
      const { level } = this.#kept[place];
      if (level < highest) return place;
      highest = Math.max(highest, level);
    }
    return null;
  }
}
