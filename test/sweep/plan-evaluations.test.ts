/** What is to be evaluated, and what is refused. */
import { describe, expect, it } from 'vitest';
import type { RecordedTrial, SweepSummary } from '../../db/index.js';
import { chooseTrained } from '../../src/commands/trained-trials.js';
import { identifyCell } from '../../src/sweep/plan/cell-identity.js';
import { evaluationPoints, planEvaluations } from '../../src/sweep/evaluation/plan-evaluations.js';
import type { TrialId } from '../../src/sweep/store.js';
import { spiralNode } from '../../src/tasks/spiral-node.js';
import type { ParameterValues } from '../../src/training/trial.js';
import { sampleDeclaration, sampleEnvironment, sampleResult } from '../db/sample.js';

const points = (...overrides: string[]) => evaluationPoints(overrides, spiralNode);

function trained(
  number: number,
  given: ParameterValues = {},
  nfe = 60,
): RecordedTrial & { readonly modelFile: string } {
  return {
    id: number as TrialId,
    number,
    cell: identifyCell('spiral-node', spiralNode.parameters.parse(given)),
    state: 'completed',
    attempts: 1,
    result: { ...sampleResult, nfe, loss: 1 / nfe },
    reason: null,
    sweep: 'spiral',
    sweepSeed: 0,
    environment: sampleEnvironment,
    startedAt: null,
    finishedAt: null,
    wallSeconds: null,
    sparedEpoch: null,
    modelFile: `models/${number}.safetensors`,
  };
}

describe('The settings of an evaluation', () => {
  it('are the product of what is given, in the grammar of a run', () => {
    expect(points('rtol=log_grid(1e-4,1e-2,3)', 'solver=choice(tsit5,bosh3)')).toHaveLength(6);
    expect(points('rtol=1e-2,1e-4')).toEqual([{ rtol: 1e-2 }, { rtol: 1e-4 }]);
    expect(points('engine=reference', 'dtype=f64')).toEqual([{ engine: 'reference', dtype: 'f64' }]);
  });

  it.each([
    ['epochs=3', 'epochs cannot be changed by an evaluation, which takes the model and its training as they are.'],
    ['hidden=8', 'hidden cannot be changed by an evaluation'],
    ['repeats=3', 'repeats cannot be changed by an evaluation'],
    ['trial.timeout=3', 'trial cannot be changed by an evaluation'],
    ['rtool=1e-3', 'has no parameter "rtool"'],
    ['rtol=-1', 'rtol must be greater than 0, not -1.'],
    ['solver=rk45', 'solver must be one of '],
    ['rtol=interval(1e-4,1e-2)', 'rtol is a range, but an evaluation needs listed values.'],
    ['rtol=log_grid(-1,1,3)', 'must be greater than 0, not -1'],
    ['rtol', 'is not of the form key=value'],
  ])('%s is refused', (override, message) => {
    expect(() => points(override)).toThrow(message);
  });

  it('that cannot be changed are told with those that can', () => {
    expect(() => points('epochs=3')).toThrow(
      expect.objectContaining({
        code: 'usage',
        hint: expect.stringMatching(/^An evaluation may change solver, rtol, /) as string,
      }),
    );
  });
});

describe('The plan', () => {
  it('tells for each model what differs from how it was trained, and each setting once', () => {
    const trials = [trained(1, { rtol: 1e-4 }), trained(2, { rtol: 1e-2, atol: 1e-6 })];
    const jobs = planEvaluations(spiralNode, trials, points('rtol=1e-2,1e-4,1e-2'));
    expect(jobs.map(({ trial, setting }) => [trial.number, setting.changed])).toEqual([
      [1, { rtol: 1e-2 }],
      [1, {}],
      [2, {}],
      [2, { rtol: 1e-4 }],
    ]);
    expect(jobs[1].setting.hash).toBe(trials[0].cell.hash);
    expect(jobs[3].parameters).toEqual({ ...trials[1].cell.parameters, rtol: 1e-4 });
  });

  it('takes the engine that auto chose, unless another is asked for', () => {
    const [job] = planEvaluations(spiralNode, [trained(1, { engine: 'auto' })], points('rtol=1e-2'));
    expect(job).toMatchObject({ parameters: { engine: 'kernels' }, setting: { changed: { rtol: 1e-2 } } });
  });

  it('is refused where parameters do not fit together, though regularisers ask nothing of an evaluation', () => {
    const trials = [trained(1, { error_weight: 0.1 })];
    expect(() => planEvaluations(spiralNode, trials, points('solver=tsit5,euler'))).toThrow(
      '1 of 2 evaluations cannot be solved: The solver euler has no error estimate',
    );
    expect(planEvaluations(spiralNode, trials, points('solver=euler', 'controller=constant'))).toHaveLength(1);
  });
});

describe('The trials of an evaluation', () => {
  const failed = { ...trained(3), state: 'failed', result: null, modelFile: null } as const;
  const trials = [
    trained(1, { rtol: 1e-3 }, 40),
    trained(2, { rtol: 1e-4 }, 60),
    failed,
    { ...trained(4), modelFile: null },
  ];
  const summary = { ...sampleDeclaration, counts: { completed: 3 } } as unknown as SweepSummary;
  const choose = (choice: Parameters<typeof chooseTrained>[2], given: readonly RecordedTrial[] = trials) =>
    chooseTrained(summary, given, choice).map(({ number }) => number);

  it('are those with a model, all or as asked', () => {
    expect(choose({})).toEqual([1, 2]);
    expect(choose({ trials: [2] })).toEqual([2]);
    expect(choose({ where: 'rtol < 1e-3 && nfe >= 60' })).toEqual([2]);
    const dominated = { ...trained(5, {}, 70), result: { ...sampleResult, nfe: 70, loss: 1 } };
    expect(choose({ frontier: true }, [...trials, dominated])).toEqual([1, 2]);
  });

  it('are told where there is no model, and where none is left', () => {
    expect(() => choose({ trials: [3] })).toThrow('Trial #3 of spiral is failed: it has no trained model.');
    expect(() => choose({ trials: [4] })).toThrow('Trial #4 of spiral kept no model.');
    expect(() => choose({ trials: [9] })).toThrow('has no trial 9');
    expect(() => choose({ where: 'rtool > 1' })).toThrow('Unknown variable: rtool');
    expect(() => choose({ where: 'rtol > 1' })).toThrow('No trained model of "spiral" is left');
    expect(() => chooseTrained({ ...summary, counts: { completed: 0 } } as never, [], {})).toThrow(
      'no trial has completed',
    );
  });
});
