import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { oneParameterFamilies, rk3 } from '../../src/ode/tableaux/families.js';
import { drawTableau, tableauOf, type Draws, type SolverRegime } from '../../src/ode/tableaux/solver-regime.js';
import { orderConditions, residual } from './rooted-trees.js';

/** Draws from lists, over and over. */
function listed(uniform: readonly number[], normal: readonly number[] = []): Draws {
  let [m, n] = [0, 0];
  return { uniform: () => uniform[m++ % uniform.length], normal: () => normal[n++ % normal.length] };
}

it('Standalone gives its member, whatever the draws', () => {
  const regime: SolverRegime = { kind: 'standalone', member: { family: 'rk3', u: 1 / 2, v: 1 } };
  expect(drawTableau(regime, listed([]))).toEqual(rk3(1 / 2, 1));
});

describe('Switching', () => {
  const members = [
    { family: 'rk2', u: 1 / 2 },
    { family: 'rk4', u: 1 / 3 },
    { family: 'rk2', u: 1 },
  ] as const;

  it('gives each member as often as its probability says', () => {
    const regime: SolverRegime = { kind: 'switching', members, probabilities: [0.2, 0, 0.8] };
    const draws = listed(Array.from({ length: 100 }, (_, k) => (k + 0.5) / 100));
    const names = Array.from({ length: 100 }, () => drawTableau(regime, draws).name);
    expect(names.filter((name) => name === 'rk2(0.5)')).toHaveLength(20);
    expect(names.filter((name) => name === 'rk2(1)')).toHaveLength(80);
  });

  it('never gives a member of probability 0, even where a draw lies above the sum', () => {
    const short: SolverRegime = { kind: 'switching', members, probabilities: [1 - 1e-10, 0, 0] };
    expect(drawTableau(short, listed([1 - 1e-16])).name).toBe('rk2(0.5)');
    expect(drawTableau({ ...short, probabilities: [0, 0, 1] }, listed([0])).name).toBe('rk2(1)');
  });

  it.each<[string, readonly number[]]>([
    ['too few', [1]],
    ['of another sum than 1', [0.5, 0.4, 0]],
    ['negative', [1.5, -0.5, 0]],
    ['not numbers', [NaN, 1, 0]],
  ])('refuses probabilities that are %s', (_, probabilities) => {
    expect(() => drawTableau({ kind: 'switching', members, probabilities }, listed([0.5]))).toThrow(UserError);
  });
});

describe('Smoothing', () => {
  it('jitters each parameter by its own draw, normal or uniform, times the scale', () => {
    const member = { family: 'rk3', u: 1 / 3, v: 2 / 3 } as const;
    const normal = drawTableau({ kind: 'smoothing', member, noise: 'normal', scale: 0.1 }, listed([], [1, -0.5]));
    expect(normal.c).toEqual([0, 1 / 3 + 0.1, 2 / 3 - 0.05]);
    const uniform = drawTableau({ kind: 'smoothing', member, noise: 'uniform', scale: 0.1 }, listed([0, 0.75]));
    expect(uniform.c).toEqual([0, 1 / 3 - 0.1, 2 / 3 + 0.05]);
    const none = drawTableau({ kind: 'smoothing', member, noise: 'normal', scale: 0 }, listed([], [1]));
    expect(none).toEqual(tableauOf(member));
  });

  it('draws again where the family has no such member, and gives up where draws never leave it', () => {
    const regime = { kind: 'smoothing', member: { family: 'rk2', u: 0.5 }, noise: 'normal', scale: 0.5 } as const;
    expect(drawTableau(regime, listed([], [-1, -1, 1])).c).toEqual([0, 1]);
    expect(() => drawTableau(regime, listed([], [-1]))).toThrow('There is no method rk2(0)');
  });

  it('keeps to methods of the family’s order', () => {
    const families = Object.keys(oneParameterFamilies) as (keyof typeof oneParameterFamilies)[];
    const draws = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    fc.assert(
      fc.property(fc.constantFrom(...families), draws, (family, draw) => {
        const regime = { kind: 'smoothing', member: { family, u: 0.4 }, noise: 'uniform', scale: 0.1 } as const;
        const tableau = drawTableau(regime, listed([draw]));
        const conditions = orderConditions(tableau, tableau.order);
        for (let size = 1; size <= tableau.order; size += 1) {
          expect(residual(conditions, size, tableau.b)).toBeLessThan(1e-12);
        }
      }),
    );
  });

  it.each([-1, NaN, Infinity])('refuses the scale %d', (scale) => {
    const regime = { kind: 'smoothing', member: { family: 'rk2', u: 0.5 }, noise: 'normal', scale } as const;
    expect(() => drawTableau(regime, listed([], [0]))).toThrow(UserError);
  });
});
