import { describe, expect, it } from 'vitest';
import { disagreements } from '../../bench/agreement.js';
import type { Cell, Entry } from '../../bench/cell.js';
import type { Moments } from '../../bench/ours/moments.js';

const PATHS = 20_000;

function entry(library: string, loss: number, moments: Moments | null = null): Entry {
  return {
    library,
    side: library === 'kernels' ? 'ours' : 'peer',
    versions: {},
    setting: 'tsit5',
    repeats: 5,
    minimum: 1,
    median: 2,
    loss,
    moments,
    nfe: 80,
    diffusionNfe: 0,
    backwardNfe: null,
    attempts: 13,
    peakMegabytes: 90,
  };
}

function cell(kind: Cell['kind'], entries: readonly Entry[]): Cell {
  return { problem: 'spiral', kind, threads: 1, iterations: 10, entries, failures: [] };
}

/** Of a normal distribution with variance 4. */
const normal = (mean: number): Moments => ({ mean: [mean], variance: [4], fourth: [48] });

describe('Libraries did the same work', () => {
  it('on an ODE if their losses agree to 1e-4, and not beyond', () => {
    expect(disagreements(cell('ode', [entry('kernels', 1.736954), entry('diffrax', 1.736955)]), PATHS)).toEqual([]);
    expect(disagreements(cell('ode', [entry('kernels', 1.7369), entry('diffrax', 1.7373)]), PATHS)).toEqual([
      'spiral on 1 thread: kernels and diffrax end with losses 1.7369 and 1.7373, 2.3e-4 apart.',
    ]);
  });

  it('on no problem where a loss is no number', () => {
    expect(disagreements(cell('ode', [entry('kernels', NaN), entry('diffrax', 1)]), PATHS)).toHaveLength(1);
    const lost = { ...normal(0), mean: [NaN] };
    expect(disagreements(cell('sde', [entry('kernels', 1, normal(0)), entry('diffrax', 1, lost)]), PATHS)).toHaveLength(
      1,
    );
  });

  it('on an SDE if their moments agree within five standard errors, whatever their losses', () => {
    // The standard error of a difference of means is 2 √(2 / 20,000) = 0.02.
    const pair = (gap: number) => cell('sde', [entry('kernels', 1, normal(0)), entry('torchsde', 2, normal(gap))]);
    expect(disagreements(pair(0.09), PATHS)).toEqual([]);
    expect(disagreements(pair(0.12), PATHS)).toEqual([
      'spiral on 1 thread: kernels and torchsde have moments 6.0 standard errors apart.',
    ]);
  });
});
