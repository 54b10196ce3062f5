/**
 * Every combination of listed values exactly once.
 *
 * The first parameter of the file varies slowest, but `seed` slowest of all: every cell is seen once before
 * any is repeated, so the early picture of a long sweep is the whole grid.
 */
import type { Domain, Point, Scalar, Space } from './domain.js';

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
  const names = [...space.keys()].sort((a, b) => Number(b === 'seed') - Number(a === 'seed'));
  const lists = names.map((name) => {
    const domain = space.get(name);
    if (domain === undefined) throw new Error(`No domain for ${name}.`);
    return listOf(domain);
  });
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
