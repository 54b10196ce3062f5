/** A problem as one JSON object, for the peers' programs: numbers as base64 of little-endian f32. */
import type { Problem } from './problem.js';

export function problemMessage(problem: Problem): Readonly<Record<string, unknown>> {
  const { name, task, kind, layers, rows, times, optimizer, iterations } = problem;
  return {
    name,
    task,
    kind,
    layers,
    rows,
    times,
    optimizer,
    iterations,
    initial: encode(problem.initial),
    inputs: encode(problem.kind === 'ode' ? problem.batch.inputs : problem.inputs),
    targets: targetsOf(problem),
    tolerance: toleranceOf(problem),
    dt: problem.kind === 'sde' && problem.steps.kind === 'fixed' ? problem.steps.dt : null,
    firstStep: problem.kind === 'sde' && problem.steps.kind === 'adaptive' ? problem.steps.firstStep : null,
  };
}

function toleranceOf(problem: Problem): number | null {
  if (problem.kind === 'ode') return problem.tolerance;
  return problem.steps.kind === 'adaptive' ? problem.steps.tolerance : null;
}

function targetsOf(problem: Problem): Readonly<Record<string, string>> {
  const targets = problem.kind === 'ode' ? problem.batch.targets : problem.targets;
  switch (targets.kind) {
    case 'classes':
      return { labels: encode(targets.labels) };
    case 'trajectories':
      return { values: encode(targets.values.flatMap((values) => [...values])) };
    case 'moments':
      return { mean: encode(targets.mean), variance: encode(targets.variance) };
  }
}

function encode(values: ArrayLike<number>): string {
  return Buffer.from(Float32Array.from(values).buffer).toString('base64');
}
