/**
 * Every combination of listed values exactly once.
 *
 * The first parameter of the file varies slowest, but `seed` slowest of all: every cell is seen once before
 * any is repeated, so the early picture of a long sweep is the whole grid.
 */
import type { Domain, Point, Scalar, Space } from './domain.js';

export interface GridAxis {
  readonly name: string;
  /** Each once. */
  readonly values: readonly Scalar[];
}

/** Number of combinations, found without listing them. @throws Error if a domain cannot be listed */
export function gridSize(space: Space): number {
  let size = 1;
  for (const domain of space.values()) {
    size *= domain.kind === 'integers' ? domain.max - domain.min + 1 : listOf(domain).length;
  }
  return size;
}

/** @throws Error if a domain is not a list of values or integers */
export function* gridPoints(space: Space): Generator<Point> {
  const axes = gridAxes(space);
  const names = axes.map(({ name }) => name);
  const lists = axes.map(({ values }) => values);
  if (lists.some((list) => list.length === 0)) return;
  const indices = names.map(() => 0);
  for (;;) {
    yield Object.fromEntries(names.map((name, k) => [name, lists[k][indices[k]]]));
    let k = names.length - 1;
    while (k >= 0 && indices[k] === lists[k].length - 1) {
      indices[k] = 0;
      k -= 1;
    }
    if (k < 0) return;
    indices[k] += 1;
  }
}

/** The axes of a grid, slowest first: its points count like digits. @throws Error if a domain cannot be listed */
export function gridAxes(space: Space): readonly GridAxis[] {
  const axes = Array.from(space, ([name, domain]): GridAxis => ({ name, values: listOf(domain) }));
  return axes.sort((a, b) => Number(b.name === 'seed') - Number(a.name === 'seed'));
}

function listOf(domain: Domain): readonly Scalar[] {
  switch (domain.kind) {
    case 'values':
      return [...new Set(domain.values)];
    case 'integers':
      return Array.from({ length: domain.max - domain.min + 1 }, (_, k) => domain.min + k);
    case 'range':
      throw new Error('A grid needs listed values.');
  }
}
