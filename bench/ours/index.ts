/**
 * Times one problem on one of our engines alone, for profiling:
 *
 *   npm run bench:ours -- spiral-node-b64 --engine kernels --iterations 20 --repeats 20
 *
 * or, after `npx tsc -p tsconfig.bench.json`, `node dist/bench/ours/index.js …`, to which `--cpu-prof` may be added.
 * Each repeat starts from the problem's weights with a fresh optimiser and times its iterations in one piece.
 */
import { parseArgs } from 'node:util';
import { createEngine } from '../../src/engines/index.js';
import { sdeMethodNames } from '../../src/ode/sde/tableaux/index.js';
import { createProblem, problemNames } from '../problems/index.js';
import { choicesFor } from './choices.js';
import { startTraining } from './start-training.js';
import type { Choices, IterationFigures } from './training.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    engine: { type: 'string', default: 'kernels' },
    dtype: { type: 'string', default: 'f32' },
    adjoint: { type: 'string' },
    method: { type: 'string' },
    iterations: { type: 'string' },
    repeats: { type: 'string', default: '20' },
  },
});
const names = positionals.length > 0 ? positionals : problemNames;
const { engine: engineName, dtype, adjoint, method } = values;
if (dtype !== 'f32' && dtype !== 'f64') throw new Error(`--dtype is f32 or f64, not ${dtype}.`);
const given: Partial<Choices> = {
  ...(adjoint === undefined ? {} : { adjoint: oneOf(['checkpoint', 'stages'], adjoint, '--adjoint') }),
  ...(method === undefined ? {} : { method: oneOf(sdeMethodNames, method, '--method') }),
};
const repeats = Number(values.repeats);

for (const name of names) {
  const problem = await createProblem(name);
  const iterations = values.iterations === undefined ? problem.iterations : Number(values.iterations);
  const choices = { ...choicesFor(problem), ...given };
  const engine = await createEngine(engineName, dtype);
  const wall: number[] = [];
  const processor: number[] = [];
  let last: IterationFigures | null = null;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const training = startTraining(engine, problem, choices);
    await training.warmUp();
    const began = performance.now();
    const used = process.cpuUsage();
    for (let iteration = 0; iteration < iterations; iteration += 1) last = await training.iterate();
    const { user, system } = process.cpuUsage(used);
    wall.push((performance.now() - began) / iterations);
    processor.push((user + system) / 1000 / iterations);
    training.dispose();
  }
  engine.dispose();
  const figures = last === null ? '' : `   ${describe(last)}`;
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  const used = problem.kind === 'ode' ? choices.adjoint : choices.method;
  console.log(
    `${name.padEnd(20)} ${engine.name} ${engine.dtype} ${used.padEnd(10)}` +
      ` wall ${milliseconds(wall)}   processor ${milliseconds(processor)}${figures}   peak ${megabytes} MB`,
  );
}

function oneOf<Name extends string>(names: readonly Name[], name: string, option: string): Name {
  const known = names.find((other) => other === name);
  if (known === undefined) throw new Error(`${option} is one of ${names.join(', ')}, not ${name}.`);
  return known;
}

function milliseconds(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `min ${sorted[0].toFixed(3)} median ${sorted[Math.floor(sorted.length / 2)].toFixed(3)} ms`;
}

function describe({ loss, nfe, diffusionNfe, accepted, rejected, backwardNfe }: IterationFigures): string {
  const diffusion = diffusionNfe > 0 ? ` + ${diffusionNfe}` : '';
  return `loss ${loss.toPrecision(7)}   NFE ${nfe}${diffusion} backward ${backwardNfe}   ${accepted} accepted ${rejected} rejected`;
}
