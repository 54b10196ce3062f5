import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Engine, Parameters, Tensor } from '../../src/engines/engine.js';
import type { Chain, Layer } from '../../src/engines/layer.js';
import { createReferenceEngine } from '../../src/engines/reference/engine.js';
import { chainsOfWidth, shapes } from './arbitraries.js';
import { engines } from './fixtures.js';
import { noise, tensorOf } from './tensors.js';

/** What an engine computed, by name: tensors or plain numbers. */
type Outcome = Readonly<Record<string, readonly number[]>>;

async function run(engine: Engine, program: (session: Session) => Promise<void> | void): Promise<Outcome> {
  const session = new Session(engine);
  await program(session);
  return session.outcome;
}

/** Runs the same program on different engines and collects what it names. */
class Session {
  readonly outcome: Record<string, readonly number[]> = {};
  constructor(readonly engine: Engine) {}

  tensor(seed: number, [rows, columns]: readonly [number, number], limit = 1): Tensor {
    return tensorOf(this.engine, rows, columns, noise(seed, rows * columns, limit));
  }

  async tell(name: string, value: Tensor | number): Promise<void> {
    this.outcome[name] = typeof value === 'number' ? [value] : [...(await this.engine.read(value))];
  }
}

function expectClose(actual: Outcome, expected: Outcome, tolerance: number): void {
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [name, values] of Object.entries(expected)) {
    const size = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - actual[name][i])), 0);
    expect(worst, name).toBeLessThanOrEqual(tolerance * size);
  }
}

async function runChain(session: Session, chain: Chain, rows: number, seed: number, limit: number): Promise<void> {
  const { engine } = session;
  const parameters: Parameters = engine.createParameters(noise(seed, chain.parameterCount + 3, limit));
  const model = engine.compile(chain, parameters, 2);
  const x = session.tensor(seed + 1, [rows, chain.inputs]);
  const yBar = session.tensor(seed + 2, [rows, chain.outputs]);
  const [y, xBar] = [engine.allocate(rows, chain.outputs), engine.allocate(rows, chain.inputs)];
  const kept = model.createActivations(rows + 1);
  model.evaluate(0.75, x, y, kept);
  model.pullback(0.75, x, y, kept, yBar, xBar);
  await session.tell('y', y);
  await session.tell('xBar', xBar);
  await session.tell('gradient', parameters.gradient);
  const xDot = session.tensor(seed + 3, [rows, chain.inputs]);
  model.pushforward(0.75, x, y, kept, -0.5, xDot, yBar);
  await session.tell('yDot', yBar);
}

/** One dense layer with or without time and biases, and an activation: all of them come up over the seeds. */
function layerOf(inputs: number, outputs: number, seed: number): Chain {
  const [time, bias] = [seed % 2 === 0, seed % 3 > 0];
  const columns = time ? inputs + 1 : inputs;
  const layers: Layer[] = time ? [{ kind: 'concat-time', inputs }] : [];
  layers.push({ kind: 'dense', inputs: columns, outputs, bias });
  if (seed % 5 > 2) layers.push({ kind: seed % 5 === 3 ? 'tanh' : 'sigmoid' });
  return { inputs, outputs, layers, parameterCount: (bias ? columns + 1 : columns) * outputs };
}

const seeds = fc.integer({ min: 0, max: 1_000_000 });

describe.each(engines.slice(1))('the reference agrees with $label', ({ create, tolerance }) => {
  /** Runs a program on both engines and compares everything it told. */
  async function compare(program: (session: Session) => Promise<void> | void, slack = 1): Promise<void> {
    expectClose(await run(await create(), program), await run(createReferenceEngine(), program), tolerance * slack);
  }

  it('on the value and the pullback of any chain', async () => {
    await fc.assert(
      fc.asyncProperty(chainsOfWidth(20), fc.integer({ min: 1, max: 15 }), seeds, (chain, rows, seed) =>
        compare((session) => runChain(session, chain, rows, seed, 0.5)),
      ),
      { numRuns: 150, seed: 1 },
    );
  });

  it.each([
    [1, 1, 1],
    [65, 33, 17],
    [300, 130, 101],
    [131, 9, 260],
    [65_537, 3, 2],
  ])('on a fused layer of %i rows, %i inputs and %i outputs', async (rows, inputs, outputs) => {
    // Among so many rows some sit so close to relu's corner that f32 and f64 fall on different sides of it.
    const kinds = rows > 1000 ? (['tanh', 'sigmoid'] as const) : (['tanh', 'sigmoid', 'relu'] as const);
    for (const kind of kinds) {
      const chain: Chain = {
        inputs,
        outputs,
        layers: [{ kind: 'concat-time', inputs }, { kind: 'dense', inputs: inputs + 1, outputs }, { kind }],
        parameterCount: (inputs + 2) * outputs,
      };
      await compare((session) => runChain(session, chain, rows, 5, 0.125), 20);
    }
  });

  it('on every layer of up to nine inputs and outputs, where the paths of narrow layers meet', async () => {
    const few = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    await compare(async ({ engine, outcome }) => {
      for (const inputs of few) {
        for (const outputs of few) {
          for (const rows of few) {
            const seed = 100 * inputs + 10 * outputs + rows;
            const layer = new Session(engine);
            await runChain(layer, layerOf(inputs, outputs, seed), rows, seed, 0.5);
            for (const [name, values] of Object.entries(layer.outcome)) outcome[`${name} of ${seed}`] = values;
          }
        }
      }
    }, 20);
  });

  it('on combinations of up to 14 terms', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.integer({ min: 0, max: 14 }), fc.boolean(), seeds, (shape, count, based, seed) =>
        compare(async (session) => {
          const terms = Array.from({ length: count }, (_, j) => session.tensor(seed + j, shape));
          const target = session.tensor(seed + 98, shape);
          const base = based ? session.tensor(seed + 99, shape) : null;
          session.engine.combine(target, base, 0.25, [...noise(seed, count, 1)], terms);
          await session.tell('target', target);
        }, 10),
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('on combinations of more terms than one kernel call takes', async () => {
    await compare(async (session) => {
      const terms = Array.from({ length: 150 }, (_, seed) => session.tensor(seed, [3, 5]));
      const target = session.tensor(151, [3, 5]);
      session.engine.combine(target, target, 0.5, [...noise(152, 150, 1)], terms);
      await session.tell('target', target);
    }, 100);
  });

  it('on a combination that is long enough for every vector loop', async () => {
    await compare(async (session) => {
      const terms = [1, 2, 3].map((seed) => session.tensor(seed, [77, 13]));
      const target = session.tensor(4, [77, 13]);
      session.engine.combine(target, target, 0.5, [1, -0.3, 0.7], terms);
      await session.tell('target', target);
    });
  });

  it('on products, with one factor an entry or a row, and on what is read from them', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.boolean(), fc.boolean(), seeds, (shape, based, byRow, seed) =>
        compare(async (session) => {
          const { engine } = session;
          const [a, base, other] = [0, 1, 2].map((offset) => session.tensor(seed + offset, shape));
          const factors = session.tensor(seed + 3, byRow ? [shape[0], 1] : shape);
          const target = engine.allocate(...shape);
          engine.multiply(target, based ? base : null, -1.5, a, factors);
          await session.tell('product', target);
          const entry = seed % (shape[0] * shape[1]);
          engine.addEntry(target, entry, 0.75);
          engine.copyRow(target, seed % shape[0], a, (seed + 1) % shape[0]);
          if (shape[1] > 1) engine.copyColumns(target, 1, a, 0, shape[1] - 1);
          await session.tell('changed', target);
          await session.tell('dot', await engine.dot(a, a));
          const ratio = await engine.maxRatio(a, base, other, target);
          await session.tell('entry', ratio.entry);
          await session.tell('numerator', ratio.numerator);
        }, 20),
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('on norms and on the pullback of the error norm', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, seeds, (shape, seed) =>
        compare(async (session) => {
          const { engine } = session;
          const [y0, y1] = [session.tensor(seed, shape, 4), session.tensor(seed + 1, shape, 4)];
          const stages = [2, 3, 4].map((offset) => session.tensor(seed + offset, shape));
          const step = { y0, y1, h: 0.125, weights: [0.5, 0, -0.25], stages, atol: 1e-3, rtol: 1e-2 };
          const error = await engine.errorNorm(step);
          const bars = [5, 6, 7].map((offset) => session.tensor(seed + offset, shape));
          engine.errorNormPullback(step, error, -1.5, bars[0], bars[1], bars[2]);
          await session.tell('errorNorm', error);
          for (const [index, bar] of bars.entries()) await session.tell(`bar ${index}`, bar);
          await session.tell('scaledRms', await engine.scaledRms(stages[0], stages[1], y0, step));
          await session.tell('scaledRms of one', await engine.scaledRms(stages[0], null, y0, step));
          await session.tell('rmsDifference', await engine.rmsDifference(y0, y1));
        }, 10),
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('on losses and their gradients', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, seeds, (shape, seed) =>
        compare(async (session) => {
          const { engine } = session;
          const [rows, columns] = shape;
          const [first, second] = [session.tensor(seed, shape, 8), session.tensor(seed + 1, shape)];
          const target = session.tensor(seed + 2, shape, 2);
          const labels = tensorOf(
            engine,
            rows,
            1,
            noise(seed, rows, 1).map((value) => Math.floor(((value + 1) / 2) * columns)),
          );
          const bars = [engine.allocate(rows, columns), engine.allocate(rows, columns)];
          const { loss, correct } = await engine.softmaxCrossEntropy(first, labels, bars[0]);
          await session.tell('cross entropy', loss);
          await session.tell('correct', correct);
          await session.tell('cross entropy gradient', bars[0]);
          await session.tell('squares', await engine.meanSquaredError([first, second], [second, target], bars));
          await session.tell('first gradient', bars[0]);
          await session.tell('second gradient', bars[1]);
        }, 10),
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  it('on five updates of each optimiser', async () => {
    await compare(async (session) => {
      const { engine } = session;
      const adam = engine.createParameters(noise(1, 37, 1));
      const momentum = engine.createParameters(noise(2, 37, 1));
      const [m, v, velocity] = [engine.allocate(1, 37), engine.allocate(1, 37), engine.allocate(1, 37)];
      for (let iteration = 1; iteration <= 5; iteration++) {
        engine.write(adam.gradient, noise(10 + iteration, 37, 2));
        engine.write(momentum.gradient, noise(20 + iteration, 37, 2));
        engine.adamUpdate(adam, m, v, { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, iteration });
        engine.momentumUpdate(momentum, velocity, { learningRate: 0.1, momentum: 0.9 });
      }
      for (const [name, tensor] of Object.entries({ m, v, velocity })) await session.tell(name, tensor);
      session.outcome.adam = [...(await engine.readParameters(adam))];
      session.outcome.momentum = [...(await engine.readParameters(momentum))];
      await session.tell('gradient as it was', adam.gradient);
    });
  });
});
