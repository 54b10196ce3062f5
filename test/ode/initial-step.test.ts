import { expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { initialStep } from '../../src/ode/initial-step.js';
import { functionField, type FieldFunctions } from '../../src/ode/function-field.js';

const engine = await createEngine('reference', 'f64');

async function firstStep(f: FieldFunctions['f'], start: readonly number[], t1: number, tolerance = 1e-6) {
  const times: number[] = [];
  const field = functionField(engine, {
    f: (t, y) => {
      times.push(t);
      return f(t, y);
    },
  });
  const tensor = () => engine.allocate(1, start.length);
  const [y0, derivative] = [tensor(), tensor()];
  engine.write(y0, start);
  field.evaluate(0, y0, derivative);
  const h = await initialStep({
    engine,
    field,
    t0: 0,
    t1,
    y0,
    derivative,
    scratch: { state: tensor(), derivative: tensor() },
    order: 5,
    tolerances: { atol: tolerance, rtol: tolerance },
  });
  return { h, probe: times[1] };
}

it('The first step is (0.01 / max(d1, d2))^(1/k) after a probe of 0.01 d0/d1', async () => {
  const { h, probe } = await firstStep((_, y) => [-y[0]], [1], 1);
  expect(probe).toBeCloseTo(0.01, 15);
  expect(h).toBeCloseTo((0.01 / 5e5) ** 0.2, 12);
});

it('The probe is 1e-6 where the state or its derivative is all but zero', async () => {
  expect((await firstStep(() => [1], [0], 1)).probe).toBe(1e-6);
  expect((await firstStep(() => [0], [1], 1)).probe).toBe(1e-6);
});

it('The first step is at most 100 probes', async () => {
  expect((await firstStep(() => [1], [0], 1)).h).toBeCloseTo(1e-4, 15);
});

it('A derivative of zero gives max(1e-6, 1e-3 h0)', async () => {
  expect((await firstStep(() => [0], [1], 1)).h).toBe(1e-6);
});

it('Neither step nor probe leaves the span, forwards or backwards', async () => {
  const forwards = await firstStep((_, y) => [-1e-3 * y[0]], [1], 1e-3);
  expect([forwards.probe, forwards.h]).toEqual([1e-3, 1e-3]);
  const backwards = await firstStep((_, y) => [-1e-3 * y[0]], [1], -1e-3);
  expect([backwards.probe, backwards.h]).toEqual([-1e-3, 1e-3]);
});

it('A field that is not finite at the start or at the probe gives NaN', async () => {
  expect((await firstStep(() => [NaN], [1], 1)).h).toBeNaN();
  expect((await firstStep((t) => [t > 0 ? Infinity : 1], [1], 1)).h).toBeNaN();
});
