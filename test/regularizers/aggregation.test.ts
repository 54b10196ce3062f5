import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AcceptedStep } from '../../src/ode/grid.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { aggregateSteps, type AggregationSettings } from '../../src/regularizers/aggregation.js';
import { regularizerPresets } from '../../src/regularizers/presets.js';
import { createRegularizers } from '../../src/regularizers/regularizer-set.js';

function steps(...entries: readonly (readonly [h: number, error: number, stiffness: number])[]): AcceptedStep[] {
  return entries.map(([h, error, value]) => ({
    t: 0,
    h,
    error,
    stiffness: { norm: 'rms', value, stageDifference: value, stateDifference: 1 },
  }));
}

const grid = steps([0.25, 0.5, 3], [0.5, 0.1, 7], [-0.25, 0.9, 2]);

describe('The presets', () => {
  it('paper_text sums E_j |h_j| and S_j |h_j|', () => {
    const { error, stiffness } = createRegularizers(regularizerPresets.paper_text, tableaux.tsit5);
    expect(error.evaluate(grid).value).toBeCloseTo(0.5 * 0.25 + 0.1 * 0.5 + 0.9 * 0.25, 15);
    expect(stiffness.evaluate(grid).value).toBeCloseTo(3 * 0.25 + 7 * 0.5 + 2 * 0.25, 15);
  });

  it('paper_code divides the mean of E·h by N + 1 and takes max S over the stability size, without h', () => {
    const { error, stiffness } = createRegularizers(regularizerPresets.paper_code, tableaux.tsit5);
    expect(error.evaluate(grid).value).toBeCloseTo((0.5 * 0.25 + 0.1 * 0.5 + 0.9 * 0.25) / 4, 15);
    expect(stiffness.evaluate(grid).value).toBeCloseTo(7 / 3.5068, 15);
  });

  it('paper_code never falls below 1 / stability size, where it has no gradient', () => {
    const { stiffness } = createRegularizers(regularizerPresets.paper_code, tableaux.tsit5);
    const calm = stiffness.evaluate(steps([0.5, 0.1, 0.2], [0.5, 0.1, 0.4]));
    expect(calm.value).toBeCloseTo(1 / 3.5068, 15);
    expect([...calm.sensitivities]).toEqual([0, 0]);
  });
});

describe('An aggregation', () => {
  const settings: fc.Arbitrary<AggregationSettings> = fc.record({
    aggregate: fc.constantFrom('sum' as const, 'mean' as const, 'max' as const),
    weightByStep: fc.boolean(),
    square: fc.boolean(),
    countInitialCallback: fc.boolean(),
  });
  const estimate = fc.double({ min: 0.01, max: 10, noNaN: true });
  const entries = fc.array(fc.tuple(fc.double({ min: 0.01, max: 1, noNaN: true }), estimate), {
    minLength: 1,
    maxLength: 6,
  });

  it('has the sensitivities of its value', () => {
    fc.assert(
      fc.property(settings, entries, fc.nat(), (chosen, drawn, pick) => {
        const accepted = steps(...drawn.map(([h, error]) => [h, error, 0] as const));
        const estimates = accepted.map(({ error }) => error ?? NaN);
        const j = pick % estimates.length;
        const { sensitivities } = aggregateSteps(estimates, accepted, chosen);
        const at = (shift: number) =>
          aggregateSteps(
            estimates.map((value, k) => (k === j ? value + shift : value)),
            accepted,
            chosen,
          ).value;
        // Where two terms compete for the maximum the value has a kink; one of the sides must fit.
        const h = 1e-6;
        const sides = [(at(h) - at(0)) / h, (at(0) - at(-h)) / h];
        expect(Math.min(...sides.map((slope) => Math.abs(slope - sensitivities[j])))).toBeLessThan(1e-4);
      }),
    );
  });

  it('of no steps is 0, or what the initial callback alone gives', () => {
    const base = { weightByStep: false, square: false } as const;
    expect(aggregateSteps([], [], { ...base, aggregate: 'sum', countInitialCallback: false }).value).toBe(0);
    expect(aggregateSteps([], [], { ...base, aggregate: 'mean', countInitialCallback: false }).value).toBe(0);
    expect(aggregateSteps([], [], { ...base, aggregate: 'max', countInitialCallback: true }).value).toBe(1);
  });
});
