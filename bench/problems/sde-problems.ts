/** The problems with stochastic differential equations, in Itô's sense, each component with noise of its own. */
import { once } from '../figures/once.js';
import { activation, chain, dense } from '../../src/models/chain.js';
import { drawWeights, equallySpaced, SEED } from './draw.js';
import { drawDigits } from './digits.js';
import { MersenneTwister } from './mersenne-twister.js';
import { spiralField, spiralLayers } from './ode-problems.js';
import type { SdeProblem, SdeSteps } from './problem.js';
import { spiralMoments } from './spiral-targets.js';

const PATHS = 100;
const spiralTimes = equallySpaced(30, 1);
const moments = once(() => Promise.resolve(spiralMoments(spiralTimes)));

export async function spiralSde(name: string, steps: SdeSteps, iterations: number): Promise<SdeProblem> {
  const layers = [...spiralLayers, { name: 'g', inputs: 2, outputs: 2 }];
  return {
    kind: 'sde',
    name,
    task: 'spiral-sde',
    layers,
    initial: drawWeights(new MersenneTwister(SEED), layers),
    rows: PATHS,
    times: spiralTimes,
    optimizer: 'adam',
    iterations,
    encode: null,
    drift: spiralField,
    diffusion: chain(2, [dense(2)]),
    decode: null,
    inputs: Float64Array.from({ length: 2 * PATHS }, (_, i) => (i % 2 === 0 ? 2 : 0)),
    targets: { kind: 'moments', ...(await moments()) },
    steps,
  };
}

export function mnistNsde(name: string, steps: SdeSteps): SdeProblem {
  const layers = [
    { name: '0', inputs: 784, outputs: 32 },
    { name: '1', inputs: 32, outputs: 64 },
    { name: '2', inputs: 64, outputs: 32 },
    { name: 'g', inputs: 32, outputs: 32 },
    { name: '3', inputs: 32, outputs: 10 },
  ];
  const { rows, pixels, labels } = drawDigits();
  return {
    kind: 'sde',
    name,
    task: 'mnist-nsde',
    layers,
    initial: drawWeights(new MersenneTwister(SEED), layers),
    rows,
    times: [1],
    optimizer: 'adam',
    iterations: 3,
    encode: chain(784, [dense(32)]),
    drift: chain(32, [dense(64), activation('tanh'), dense(32)]),
    diffusion: chain(32, [dense(32)]),
    decode: chain(32, [dense(10)]),
    inputs: pixels,
    targets: { kind: 'classes', labels },
    steps,
  };
}
