import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createPointCheck } from '../../src/sweep/plan/check-point.js';
import { withDefaults } from '../../src/tasks/parameters.js';

const shape = withDefaults({ dt: 0.5 });
const alone = z.strictObject(shape);
const together = alone.refine(({ dt, rtol }) => dt > rtol, { path: ['dt'], error: 'dt is too small' });

describe('The check of a point', () => {
  it('names the first parameter that its task does not take, as often as it comes', () => {
    const check = createPointCheck({ parameters: alone }, alone.parse({}));
    for (const rtol of [-1, -1]) {
      expect(check({ dt: 1, rtol })).toMatchObject({ state: 'wrong', name: 'rtol', issue: { input: -1 } });
    }
    expect(check({ dt: 1, rtol: 1e-3 })).toEqual({ state: 'ok', values: { dt: 1, rtol: 1e-3 } });
  });

  it('keeps apart equal values of different parameters', () => {
    const check = createPointCheck({ parameters: alone }, alone.parse({}));
    expect(check({ momentum: 0 })).toMatchObject({ state: 'ok' });
    expect(check({ dt: 0 })).toMatchObject({ state: 'wrong', name: 'dt' });
  });

  it('asks a task that checks parameters together about each point as a whole', () => {
    const check = createPointCheck({ parameters: together }, together.parse({}));
    expect(check({ rtol: 0.1 })).toMatchObject({ state: 'ok', values: { rtol: 0.1, dt: 0.5, epochs: 10 } });
    expect(check({ rtol: 0.75 })).toMatchObject({ state: 'wrong', name: 'dt' });
    expect(check({ rtol: 0.75, dt: 1 })).toMatchObject({ state: 'ok' });
  });
});
