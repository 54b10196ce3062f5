import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/engines/index.js';
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';
import { PerSampleSolver } from '../../src/ode/per-sample.js';
import { Solver } from '../../src/ode/solver.js';
import { tableaux } from '../../src/ode/tableaux/index.js';
import { noise, tensorOf } from '../engines/tensors.js';
import { plainly } from './problems.js';

const net = chain(3, [power(3), concatTime(), dense(6), activation('tanh'), dense(3)]);
const engines = [await createEngine('reference', 'f64'), await createEngine('kernels', 'f32')];

describe.each(engines)('Per-sample stepping on $name', (engine) => {
  const field = engine.compile(net, engine.createParameters(noise(1, net.parameterCount, 2)), 0);
  const options = { engine, field, tableau: tableaux.tsit5, columns: 3 };
  const request = { ...plainly, rtol: 1e-4, atol: 1e-4, t1: 2, saveat: [0.3, 2] };

  it('gives each row bit for bit what it gets alone, whatever its batch mates', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), fc.nat(1000), async (rows, seed) => {
        const start = noise(seed, 3 * rows, 2);
        const batch = new PerSampleSolver({ ...options, rows });
        const {
          y1,
          outputs,
          rows: solutions,
        } = await batch.solve({ ...request, y0: tensorOf(engine, rows, 3, start) });
        const alone = new Solver({ ...options, rows: 1 });
        for (let row = 0; row < rows; row += 1) {
          const y0 = tensorOf(engine, 1, 3, start.subarray(3 * row, 3 * row + 3));
          const single = await alone.solve({ ...request, y0 });
          const read = async (tensor: Parameters<typeof engine.read>[0]) => [...(await engine.read(tensor))];
          expect((await read(y1)).slice(3 * row, 3 * row + 3)).toEqual(await read(single.y1));
          expect((await read(outputs[0])).slice(3 * row, 3 * row + 3)).toEqual(await read(single.outputs[0]));
          expect(solutions[row].grid).toEqual(single.grid);
          expect(solutions[row].statistics).toEqual(single.statistics);
        }
        batch.dispose();
        alone.dispose();
      }),
      { numRuns: 20 },
    );
  });

  it('lets an easy row take few steps beside a hard one, where joint stepping makes all follow', async () => {
    const y0 = tensorOf(engine, 2, 3, [2, -2, 2, 0.01, 0.01, 0.01]);
    const separate = await new PerSampleSolver({ ...options, rows: 2 }).solve({ ...request, y0 });
    const joint = await new Solver({ ...options, rows: 2 }).solve({ ...request, y0 });
    const [easy, hard] = separate.rows.map(({ statistics }) => statistics.nfe);
    expect(easy).toBeLessThan(hard / 2);
    expect(joint.statistics.nfe).toBeGreaterThan(easy);
    expect(separate.statistics.nfe).toBe((easy + hard) / 2);
  });

  it('names the row that stops early, and gives no outputs then', async () => {
    const y0 = tensorOf(engine, 3, 3, [0, 0, 0, 0, NaN, 0, 0, 0, 0]);
    const { outcome, outputs } = await new PerSampleSolver({ ...options, rows: 3 }).solve({ ...request, y0 });
    expect(outcome.state).toBe('non_finite');
    expect(outcome.advice).toMatch(/^Row 1 of 3: /);
    expect(outputs).toEqual([]);
  });
});
