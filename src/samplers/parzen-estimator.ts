/**
 * A density over a space from points in it: one kernel a point, the product of kernels of its coordinates, and a uniform
 * one that keeps every place possible.
 *
 * Sources: Bergstra, Bardenet, Bengio and Kégl 2011, "Algorithms for hyper-parameter optimization"; kernels of all
 * coordinates together rather than each alone, Falkner, Klein and Hutter 2018 (BOHB), so that what belongs together stays
 * together. Numbers are quantiles, so a logarithmic range is smoothed in its logarithm; their kernels are logistic
 * densities cut at the ends of the interval, whose distribution and inverse need no more than exp and log.
 * Densities are relative to the uniform one.
 */
import { exp, log, pow } from '../elementary/elementary.js';
import type { RandomStream } from '../random/random.js';
import type { Domain, Point, Scalar, Space } from './domain.js';
import { unitOf, valueAt } from './unit-interval.js';

export interface ParzenEstimator {
  readonly density: (point: Point) => number;
  readonly sample: (stream: RandomStream) => Point;
}

/** One coordinate of all kernels. */
interface Axis {
  readonly name: string;
  readonly domain: Domain;
  /** By kernel; NaN: its point does not vary this coordinate. */
  readonly centres: Float64Array;
  /** At coordinate x, by kernel. */
  readonly density: (x: number, kernel: number) => number;
  /** Of the kernel, at its quantile u. */
  readonly draw: (u: number, kernel: number, stream: RandomStream) => number;
}

/** Kernels narrower than that would propose the same point again and again. */
const leastDeviation = 0.02;

export function createParzenEstimator(space: Space, points: readonly Point[]): ParzenEstimator {
  const kernels = points.length;
  const axes = Array.from(space, ([name, domain]): Axis => {
    const centres = Float64Array.from(points, (point) => coordinate(domain, point[name]));
    const smooth =
      domain.kind === 'values' ? choiceKernels(centres, domain.values.length) : rangeKernels(centres, space.size);
    return { name, domain, centres, ...smooth };
  });
  return {
    density: (point) => {
      const products = new Float64Array(kernels).fill(1);
      for (const { name, domain, centres, density } of axes) {
        const x = coordinate(domain, point[name]);
        if (Number.isNaN(x)) continue;
        for (let kernel = 0; kernel < kernels; kernel += 1) {
          if (!Number.isNaN(centres[kernel])) products[kernel] *= density(x, kernel);
        }
      }
      return products.reduce((sum, product) => sum + product, 1) / (kernels + 1);
    },
    sample: (stream) => {
      const kernel = stream.integer(kernels + 1);
      const values = axes.map(({ name, domain, centres, draw }): readonly [string, Scalar] => {
        const u = stream.uniform();
        const uniform = kernel === kernels || Number.isNaN(centres[kernel]);
        return [name, valueAt(domain, uniform ? u : draw(u, kernel, stream))];
      });
      return Object.fromEntries(values);
    },
  };
}

/** NaN: the point does not vary it. */
function coordinate(domain: Domain, value: Scalar | undefined): number {
  return value === undefined ? NaN : (unitOf(domain, value) ?? NaN);
}

type Kernels = Pick<Axis, 'density' | 'draw'>;

/** Mostly the listed value itself; by chance, as if a uniform point had been seen as well, any. */
function choiceKernels(centres: Float64Array, choices: number): Kernels {
  const chance = 1 / (centres.length + 1);
  const same = (1 - chance) * choices + chance;
  return {
    density: (x, kernel) => (x === centres[kernel] ? same : chance),
    draw: (u, kernel, stream) => (stream.uniform() < chance ? u : centres[kernel]),
  };
}

function rangeKernels(centres: Float64Array, dimensions: number): Kernels {
  const scale = scaleOf(
    centres.filter((x) => !Number.isNaN(x)),
    dimensions,
  );
  const low = centres.map((centre) => cumulative(0, centre, scale));
  const mass = centres.map((centre, kernel) => cumulative(1, centre, scale) - low[kernel]);
  return {
    density: (x, kernel) => {
      const p = cumulative(x, centres[kernel], scale);
      return (p * (1 - p)) / (scale * mass[kernel]);
    },
    draw: (u, kernel) => {
      const p = low[kernel] + mass[kernel] * u;
      return Math.min(1 - 2 ** -53, Math.max(0, centres[kernel] + scale * log(p / (1 - p))));
    },
  };
}

/** Scott's rule for the deviation of a kernel, as the scale of a logistic distribution. */
function scaleOf(coordinates: Float64Array, dimensions: number): number {
  // As if a uniform point had been seen as well: few points say little about their spread.
  const n = coordinates.length + 1;
  const mean = coordinates.reduce((sum, x) => sum + x, 0.5) / n;
  const squares = coordinates.reduce((sum, x) => sum + (x - mean) ** 2, (0.5 - mean) ** 2 + 1 / 12);
  const deviation = Math.sqrt(squares / n) * pow(n, -1 / (dimensions + 4));
  return (Math.max(leastDeviation, deviation) * Math.sqrt(3)) / Math.PI;
}

/** The logistic distribution around `centre`. */
function cumulative(x: number, centre: number, scale: number): number {
  return 1 / (1 + exp((centre - x) / scale));
}
