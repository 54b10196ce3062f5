/** The problems with ordinary differential equations. */
import { activation, chain, concatTime, dense, power } from '../../src/models/chain.js';
import { drawUniform, drawWeights, equallySpaced, SEED } from './draw.js';
import { drawDigits, type Digits } from './digits.js';
import { MersenneTwister } from './mersenne-twister.js';
import type { OdeProblem } from './problem.js';
import { spiralPaths } from './spiral-targets.js';

export const spiralLayers = [
  { name: '1', inputs: 2, outputs: 50 },
  { name: '2', inputs: 50, outputs: 2 },
];
/** f(u) = W2 tanh(W1 u³ + b1) + b2. */
export const spiralField = chain(2, [power(3), dense(50), activation('tanh'), dense(2)]);

const SPIRAL_BATCH = 64;

/** @param rows 1: from (2, 0); 64: from the annulus */
export async function spiralNode(name: string, rows: 1 | typeof SPIRAL_BATCH): Promise<OdeProblem> {
  const random = new MersenneTwister(SEED);
  const initial = drawWeights(random, spiralLayers);
  const angles = Array.from({ length: SPIRAL_BATCH }, () => 2 * Math.PI * random.sample());
  const radii = Array.from({ length: SPIRAL_BATCH }, () => 1 + random.sample());
  const annulus = angles.flatMap((angle, row) => [radii[row] * Math.cos(angle), radii[row] * Math.sin(angle)]);
  const inputs = Float64Array.from(rows === 1 ? [2, 0] : annulus, Math.fround);
  const times = equallySpaced(30, 1.5);
  return {
    kind: 'ode',
    name,
    task: 'spiral-node',
    layers: spiralLayers,
    initial,
    rows,
    times,
    optimizer: 'adam',
    iterations: 10,
    model: { encode: null, field: spiralField, decode: null, t0: 0, t1: 1.5, saveat: times },
    batch: { rows, inputs, targets: { kind: 'trajectories', values: await spiralPaths(inputs, times) } },
    tolerance: 1e-6,
  };
}

export function mnistNode(name: string, tolerance: number): OdeProblem {
  const layers = [
    { name: '1', inputs: 785, outputs: 100 },
    { name: '2', inputs: 101, outputs: 784 },
    { name: '3', inputs: 784, outputs: 10 },
  ];
  const { rows, pixels, labels }: Digits = drawDigits();
  return {
    kind: 'ode',
    name,
    task: 'mnist-node',
    layers,
    initial: drawWeights(new MersenneTwister(SEED), layers),
    rows,
    times: [1],
    optimizer: 'momentum',
    iterations: 3,
    model: {
      encode: null,
      field: chain(784, [concatTime(), dense(100), activation('tanh'), concatTime(), dense(784), activation('tanh')]),
      decode: chain(784, [dense(10)]),
      t0: 0,
      t1: 1,
      saveat: null,
    },
    batch: { rows, inputs: pixels, targets: { kind: 'classes', labels } },
    tolerance,
  };
}

/** Dynamics 20 → 50 → … → 20 with tanh after every layer, fitted to zero. */
export function latentOde(name: string): OdeProblem {
  const rows = 512;
  const widths = [20, 50, 20, 50, 20, 50, 20, 50, 20];
  const outputs = widths.slice(1);
  const layers = outputs.map((width, k) => ({ name: String(k + 1), inputs: widths[k], outputs: width }));
  const random = new MersenneTwister(SEED);
  const initial = drawWeights(random, layers);
  const times = equallySpaced(49, 1);
  return {
    kind: 'ode',
    name,
    task: 'latent-ode',
    layers,
    initial,
    rows,
    times,
    optimizer: 'adam',
    iterations: 5,
    model: {
      encode: null,
      field: chain(
        20,
        outputs.flatMap((width) => [dense(width), activation('tanh')]),
      ),
      decode: null,
      t0: 0,
      t1: 1,
      saveat: times,
    },
    batch: {
      rows,
      inputs: drawUniform(random, rows * 20, -1, 1),
      targets: { kind: 'trajectories', values: times.map(() => new Float64Array(rows * 20)) },
    },
    tolerance: 1e-5,
  };
}
