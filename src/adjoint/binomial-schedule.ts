/**
 * Order of work that reverses l steps while at most c of their states are held: Revolve.
 *
 * Source: Griewank & Walther 2000 (algorithm 799). With β(c, r) = C(c + r, c) and r the smallest number with
 * l ≤ β(c, r), no order needs fewer than r·l − β(c + 1, r − 1) advances; this one needs exactly so many.
 * States are numbered by the step that starts from them; the state at 0 counts as one of the c. Beside them
 * whoever follows the schedule holds one current state, which `advance` moves and `restore` sets.
 */
export type ScheduleAction =
  /** Steps the current state on from the start of step `from` to that of step `to`. */
  | { readonly kind: 'advance'; readonly from: number; readonly to: number }
  /** Keeps a copy of the current state. */
  | { readonly kind: 'store'; readonly at: number }
  /** The kept state becomes the current one, and stays kept. */
  | { readonly kind: 'restore'; readonly at: number }
  /** No longer needed. */
  | { readonly kind: 'discard'; readonly at: number }
  /** Pulls back through the step; the current state is its start. */
  | { readonly kind: 'reverse'; readonly step: number };

export interface ScheduleRequest {
  readonly steps: number;
  /** c, at least 1. */
  readonly budget: number;
  /** States kept already, in ascending order; the first is 0. [0] if nothing but the initial state is known. */
  readonly held: readonly number[];
}

/**
 * Every step is reversed once, from the last to the first. With held = [0] the first sweep of advances counts
 * too; where a forward pass left more, each piece between two of them is reversed optimally with what is free.
 * @throws Error if what is held is not ascending from 0, or is more than the budget
 */
export function* binomialSchedule({ steps, budget, held }: ScheduleRequest): Generator<ScheduleAction, void> {
  const ascending = held.every((at, i) => (i === 0 ? at === 0 : at > held[i - 1] && at < Math.max(steps, 1)));
  if (held.length < 1 || held.length > budget || !ascending) {
    throw new Error(`Cannot reverse ${steps} steps with ${budget} states from [${held.join(', ')}].`);
  }
  if (steps === 0) return;
  for (let i = held.length - 1; i >= 0; i -= 1) {
    yield { kind: 'restore', at: held[i] };
    yield* reversePiece(held[i], held[i + 1] ?? steps, budget - i - 1);
    yield { kind: 'discard', at: held[i] };
  }
}

/** Steps from … to − 1; the state at `from` is kept and current, `free` more may be kept. */
function* reversePiece(from: number, to: number, free: number): Generator<ScheduleAction, void> {
  if (to - from > 1 && free > 0) {
    const middle = from + firstPart(to - from, free + 1);
    yield { kind: 'advance', from, to: middle };
    yield { kind: 'store', at: middle };
    yield* reversePiece(middle, to, free - 1);
    yield { kind: 'discard', at: middle };
    yield { kind: 'restore', at: from };
    yield* reversePiece(from, middle, free);
    return;
  }
  for (let step = to - 1; step >= from; step -= 1) {
    if (step > from) yield { kind: 'advance', from, to: step };
    yield { kind: 'reverse', step };
    if (step > from) yield { kind: 'restore', at: from };
  }
}

/**
 * Length m of the part before the next kept state: optimal are β(c, r−2) ≤ m ≤ β(c, r−1) with
 * β(c−1, r−1) ≤ l − m ≤ β(c−1, r) (Griewank & Walther 2000, section 3); this is the largest of them.
 */
function firstPart(steps: number, budget: number): number {
  const r = repetitions(steps, budget);
  return Math.min(reach(budget, r - 1), steps - reach(budget - 1, r - 1));
}

/** Fewest advances that reverse so many steps, the first sweep included. */
export function minimalAdvances(steps: number, budget: number): number {
  const r = repetitions(steps, budget);
  return r * steps - reach(budget + 1, r - 1);
}

/** The smallest r with steps ≤ β(budget, r): how often a step is run at most. */
export function repetitions(steps: number, budget: number): number {
  let r = 0;
  while (reach(budget, r) < steps) r += 1;
  return r;
}

/** β(c, r) = C(c + r, c): the most steps that c states reverse when none is run more than r times; 0 for r < 0. */
function reach(budget: number, r: number): number {
  if (r < 0) return 0;
  let value = 1;
  for (let i = 1; i <= r; i += 1) value = (value * (budget + i)) / i;
  return value;
}
