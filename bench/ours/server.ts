/**
 * Our side as a process that the bench drives, with the protocol of bench/peers/server.py: `server.js ENGINE`. A problem
 * comes by its name: this process draws the same numbers again.
 */
import { createInterface } from 'node:readline';
import process from 'node:process';
import { createEngine } from '../../src/engines/index.js';
import type { Engine } from '../../src/engines/engine.js';
import { createProblem } from '../problems/index.js';
import type { Problem } from '../problems/problem.js';
import { choicesFor } from './choices.js';
import { momentsOf } from './moments.js';
import { solveShare } from './solve-share.js';
import { startTraining } from './start-training.js';

interface Request {
  readonly do: string;
  readonly problem?: { readonly name: string };
  readonly rows?: number;
}

const WARM_UP_MILLISECONDS = 1500;

const began = performance.now();
const engine = await createEngine(process.argv[2], 'f32');
const startMilliseconds = performance.now() - began;
let problem: Problem | null = null;

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  let answer: unknown;
  try {
    answer = await respond(request, engine);
  } catch (error) {
    answer = { error: error instanceof Error ? error.stack : String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
engine.dispose();

async function respond(request: Request, engine: Engine): Promise<unknown> {
  if (request.do === 'prepare') {
    problem = await createProblem(request.problem?.name ?? '');
    // The JIT compiles in several rounds, what is called often enough.
    const until = performance.now() + WARM_UP_MILLISECONDS;
    do await repeat(engine, problem);
    while (performance.now() < until);
    const { adjoint, method } = choicesFor(problem);
    const setting = problem.kind === 'ode' ? `tsit5, adjoint ${adjoint}` : method;
    return { setting, versions: { node: process.versions.node }, startMilliseconds };
  }
  if (problem === null) throw new Error('No problem has been prepared.');
  switch (request.do) {
    case 'repeat':
      return repeat(engine, problem);
    case 'figures': {
      const training = startTraining(engine, problem, choicesFor(problem));
      const { nfe, diffusionNfe, backwardNfe, accepted, rejected } = await training.iterate();
      training.dispose();
      const peakMegabytes = process.resourceUsage().maxRSS / 1024;
      return { nfe, diffusionNfe, backwardNfe, attempts: accepted + rejected, peakMegabytes };
    }
    case 'moments':
      if (problem.kind !== 'sde') throw new Error(`${problem.name} has no paths.`);
      return momentsOf(engine, problem, request.rows ?? 0);
    case 'solve-share':
      if (problem.kind !== 'ode') throw new Error(`${problem.name} is no ODE.`);
      return solveShare(engine, problem);
    default:
      throw new Error(`There is no request ${request.do}.`);
  }
}

/** Fresh weights and optimiser; seconds of all iterations and the loss of the last. */
async function repeat(engine: Engine, problem: Problem): Promise<{ readonly seconds: number; readonly loss: number }> {
  const training = startTraining(engine, problem, choicesFor(problem));
  await training.warmUp();
  const began = performance.now();
  let loss = NaN;
  for (let iteration = 0; iteration < problem.iterations; iteration += 1) ({ loss } = await training.iterate());
  const seconds = (performance.now() - began) / 1000;
  training.dispose();
  return { seconds, loss };
}
