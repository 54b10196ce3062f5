/** Two objectives whose frontier is known: Zitzler, Deb and Thiele 2000, functions 1 to 3 of their six. */
import type { Domain, Point, Space } from '../../src/samplers/domain.js';
import type { GenerationalSampler, Observation } from '../../src/samplers/generational-sampler.js';

/** Of x0 … in [1e-4, 1], in the logarithm for the last: its logarithm counts. */
export const testSpace: Space = new Map(
  Array.from({ length: 6 }, (_, k): readonly [string, Domain] => [
    `x${k}`,
    { kind: 'range', min: k === 5 ? 1e-4 : 0, max: 1, logarithmic: k === 5, step: null },
  ]),
);

export type Costs = readonly [number, number];

export function costsOf(problem: 1 | 2 | 3, point: Point): Costs {
  const x = Array.from(testSpace.keys(), (name) => Number(point[name]));
  x[5] = Math.log(x[5]) / Math.log(1e-4);
  const g = 1 + (9 * x.slice(1).reduce((a, b) => a + b, 0)) / (x.length - 1);
  const share = x[0] / g;
  const shapes = [1 - Math.sqrt(share), 1 - share ** 2, 1 - Math.sqrt(share) - share * Math.sin(10 * Math.PI * x[0])];
  return [x[0], g * shapes[problem - 1]];
}

/** The area that the points dominate within the box of (0, −1) and a point that most are better than. */
export function hypervolume(points: readonly Costs[]): number {
  const [worst, top] = [1.1, 6];
  let best = top;
  let area = 0;
  for (const [first, second] of [...points].sort((a, b) => a[0] - b[0])) {
    if (first >= worst || second >= best) continue;
    area += (worst - first) * (best - second);
    best = second;
  }
  return area;
}

/** Runs generations, each from the results of those before the last. @returns all, in order */
export function search(
  sampler: GenerationalSampler,
  evaluate: (point: Point) => readonly number[] | null,
  { most, exists = () => false }: { readonly most: number; readonly exists?: (point: Point) => boolean },
): readonly Observation[] {
  const generations: (readonly Observation[])[] = [];
  const taken = new Set<string>();
  for (let count = 0; count < most;) {
    const observed = generations.slice(0, -1).flat();
    const points = sampler.generation(generations.length, observed, (point) => {
      const key = JSON.stringify(point);
      if (taken.has(key) || exists(point)) return false;
      taken.add(key);
      return true;
    });
    if (points.length === 0) break;
    generations.push(points.map((point) => ({ point, costs: evaluate(point) })));
    count += points.length;
  }
  return generations.flat().slice(0, most);
}
