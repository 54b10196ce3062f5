import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startFastest, startFirst, type Candidate } from '../../src/engines/auto/choose.js';
import { countStage, stageSeconds, type Work } from '../../src/engines/auto/cost-model.js';
import { kernelCosts, tensorflowCosts } from '../../src/engines/auto/costs.js';
import { createEngine, createFastestEngine } from '../../src/engines/index.js';
import { UserError } from '../../src/errors.js';
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';
import { withTensorflow } from './fixtures.js';

const small: Work = { field: chain(2, [power(3), dense(50), activation('tanh'), dense(2)]), rows: 64 };
const wide: Work = {
  field: chain(784, [concatTime(), dense(100), activation('tanh'), concatTime(), dense(784), activation('tanh')]),
  rows: 512,
};

const missing = new UserError('environment', 'TensorFlow is not set up.', { hint: 'Run `npm run setup:tensorflow`.' });

function kernels(): Candidate {
  return { name: 'kernels', costs: kernelCosts.f32, threads: 1, start: () => createEngine('kernels', 'f32') };
}

function absentTensorflow(): Candidate {
  return { name: 'tensorflow', costs: tensorflowCosts, threads: 1, start: () => Promise.reject(missing) };
}

describe('the engine that auto chooses', () => {
  it('is the kernels for a small net, which needs no other engine to start', async () => {
    const { engine, why } = await startFastest([kernels(), absentTensorflow()], small, 'f32');
    expect(engine.name).toBe('kernels');
    expect(why).toMatch(/^kernels; predicted for a stage of 64 rows in f32: kernels [\d.]+ µs, tensorflow [\d.]+ µs$/);
  });

  it('is the next best where the fastest does not start, and says what would start it', async () => {
    const { engine, why } = await startFastest([kernels(), absentTensorflow()], wide, 'f32');
    expect(engine.name).toBe('kernels');
    expect(why).toContain('tensorflow 3');
    expect(why).toContain('tensorflow does not start here (TensorFlow is not set up. Run `npm run setup:tensorflow`.)');
  });

  it('fails with the error of the last that did not start, and with any error that is no message for users', async () => {
    await expect(startFastest([absentTensorflow()], wide, 'f32')).rejects.toBe(missing);
    const defect = new TypeError('a defect');
    const broken = { ...absentTensorflow(), start: () => Promise.reject(defect) };
    await expect(startFastest([kernels(), broken], wide, 'f32')).rejects.toBe(defect);
  });

  it.runIf(withTensorflow)('is TensorFlow for a wide net where it is set up', async () => {
    const { engine, why } = await createFastestEngine(wide, 'f32');
    expect(engine.name).toBe('tensorflow');
    expect(why).toMatch(
      /^tensorflow; predicted for a stage of 512 rows in f32: tensorflow [\d.]+ ms, kernels [\d.]+ ms$/,
    );
    engine.dispose();
  });

  it('has the dtype that was asked for', async () => {
    const { engine } = await createFastestEngine(wide, 'f64');
    expect([engine.name, engine.dtype]).toEqual(['kernels', 'f64']);
  });
});

describe('the engine that auto chooses where nothing predicts the fastest', () => {
  const [absent, present] = [absentTensorflow(), kernels()];

  it('is the first that starts, and says what would start those before', async () => {
    const { engine, why } = await startFirst([absent, present, absent], 'a reason');
    expect(engine.name).toBe('kernels');
    expect(why).toBe(
      'kernels; a reason; tensorflow does not start here (TensorFlow is not set up. Run `npm run setup:tensorflow`.)',
    );
    expect((await startFirst([present, absent], 'a reason')).why).toBe('kernels; a reason');
  });

  it('is none where none starts: the error tells why each does not, and what would start the first', async () => {
    const other = { name: 'webgpu', start: () => Promise.reject(new UserError('environment', 'No GPU.')) } as const;
    await expect(startFirst([absent, other], 'a reason')).rejects.toMatchObject({
      code: 'environment',
      message:
        'No engine starts that could run this: a reason; tensorflow does not start here (TensorFlow is not set up. ' +
        'Run `npm run setup:tensorflow`.); webgpu does not start here (No GPU.).',
      hint: 'Run `npm run setup:tensorflow`.',
    });
  });
});

describe('the cost model of a stage', () => {
  it('counts calls, operations of the three products, and entries of layers and state', () => {
    expect(countStage({ ...small, rows: 10 })).toEqual({
      calls: 1 + 3,
      operations: 10 * 6 * (2 * 50 + 50 * 2),
      entries: 10 * (2 + 2 + 50 + 2),
    });
  });

  it('takes longer with more rows and no longer with more threads', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4096 }),
        fc.integer({ min: 1, max: 4096 }),
        fc.integer({ min: 1, max: 64 }),
        (rows, more, threads) => {
          const at = (count: number, shared: number) => stageSeconds(tensorflowCosts, { ...wide, rows: count }, shared);
          expect(at(rows + more, threads)).toBeGreaterThan(at(rows, threads));
          expect(at(rows, threads)).toBeLessThanOrEqual(at(rows, 1));
        },
      ),
    );
  });
});
