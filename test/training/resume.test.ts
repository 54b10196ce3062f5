/** A trial that was interrupted, wherever and however often, has the numbers of one that was not, bit by bit. */
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { spiralNode } from '../../src/tasks/spiral-node.js';
import { createEngine } from '../../src/engines/index.js';
import { unfinishedName } from '../../src/files/write-durably.js';
import { programVersion } from '../../src/program-version.js';
import type { RandomStream } from '../../src/random/random.js';
import { decodeCheckpoint } from '../../src/training/checkpoint.js';
import { Checkpoints } from '../../src/training/checkpoints.js';
import { train } from '../../src/training/trainer.js';
import { trainingDraws } from '../../src/training/training-draws.js';
import { runTrial } from '../../src/training/run-trial.js';
import { trainingSettings } from '../../src/training/settings.js';
import type {
  CheckpointRequest,
  EpochMetrics,
  ParameterValues,
  TrialHooks,
  TrialOutcome,
} from '../../src/training/trial.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';
import { withTensorflow } from '../engines/fixtures.js';
import { smallClassifier, stream } from './experiments.js';

/** After the given epoch, or with `stop` in the one that follows it. */
interface Interruption {
  readonly epoch: number;
  readonly how: 'drain' | 'stop';
}

interface Attempt {
  readonly outcome: TrialOutcome;
  /** As told, those of earlier attempts included. */
  readonly epochs: readonly EpochMetrics[];
  /** Null: it began anew. */
  readonly resumed: number | null;
  readonly notes: readonly string[];
  /** Epochs that it trained itself, or began to. */
  readonly trained: readonly number[];
}

/** A trial as a worker runs it. */
type Trial = (hooks: TrialHooks, checkpoint?: CheckpointRequest) => Promise<TrialOutcome>;

const small: ParameterValues = { trajectories: 5, test_trajectories: 3, times: 3, hidden: 4, batch_size: 3, epochs: 4 };

function spiral(parameters: ParameterValues, sweepSeed = 3): Trial {
  const complete = spiralNode.parameters.parse({ ...small, ...parameters }) as ParameterValues;
  return (hooks, checkpoint) =>
    runTrial(
      {
        task: 'spiral-node',
        parameters: complete,
        sweepSeed,
        ...(checkpoint === undefined ? {} : { checkpoint }),
      },
      hooks,
    );
}

/** With encoder, decoder and a field that depends on time. */
function classifier(parameters: Readonly<Record<string, number | string>>): Trial {
  return async (hooks, request) => {
    const engine = await createEngine('kernels', 'f32');
    try {
      const experiment = smallClassifier({ epochs: 4, ...parameters });
      const streams = new Map<string, RandomStream>();
      const drawn = (purpose: string): RandomStream => {
        const made = stream(purpose);
        streams.set(purpose, made);
        return made;
      };
      const options = { engine, ...experiment, shuffle: drawn('batches'), draws: trainingDraws(drawn), hooks };
      if (request === undefined) return await train(options);
      const owner = { program: '1', engine: 'kernels', dtype: 'f32', trial: '1' } as const;
      const checkpoints = new Checkpoints(request, owner, hooks);
      const start = await checkpoints.read({ parameters: experiment.initial.length, streams: streams.keys() });
      return await train({ ...options, resumable: { checkpoints, start, streams } });
    } finally {
      engine.dispose();
    }
  };
}

/** @param path of the checkpoint; null: without */
async function attempt(trial: Trial, path: string | null, interruption: Interruption | null = null): Promise<Attempt> {
  const epochs: EpochMetrics[] = [];
  const notes: string[] = [];
  const trained = new Set<number>();
  let resumed: number | null = null;
  const { epoch = Infinity, how = 'drain' } = interruption ?? {};
  const hooks: TrialHooks = {
    tell: (message) => {
      if (message.kind === 'epoch') epochs.push(message.metrics);
      if (message.kind === 'resumed') resumed = message.epoch;
      if (message.kind === 'note') notes.push(message.message);
      if (message.kind === 'progress') trained.add(message.progress.epoch);
    },
    shouldStop: () => how === 'stop' && trained.has(epoch + 1),
    shouldDrain: () => how === 'drain' && epochs.length >= epoch,
  };
  const everySeconds = how === 'stop' ? 1e-9 : 1e9;
  const outcome = await trial(hooks, path === null ? undefined : { path, everySeconds });
  return { outcome, epochs, resumed, notes, trained: [...trained] };
}

/** Without what a clock or the machine says. */
function numbers({ outcome, epochs }: Attempt): unknown {
  const timeless = (metrics: object): object =>
    Object.fromEntries(Object.entries(metrics).filter(([name]) => !/Seconds|memory/.test(name)));
  const ended =
    outcome.state === 'completed'
      ? { ...timeless(outcome.result), model: [...(outcome.model?.parameters ?? [])] }
      : outcome;
  return { ended, epochs: epochs.map(timeless) };
}

/** Attempt after attempt, until it ends. */
async function interrupted(trial: Trial, interruptions: readonly Interruption[], path: string): Promise<Attempt> {
  let reached = 0;
  for (const interruption of [...interruptions, null]) {
    const made = await attempt(trial, path, interruption);
    expect(made).toMatchObject({ notes: [], resumed: reached === 0 ? null : reached });
    expect(made.trained.every((epoch) => epoch > reached)).toBe(true);
    if (made.outcome.state !== 'interrupted') return made;
    reached = made.epochs.length;
  }
  throw new Error('The last attempt was interrupted, too.');
}

const { constant, constantFrom, record } = fc;

const common = {
  rtol: constantFrom(1e-2, 1e-4),
  optimizer: constantFrom('adam', 'momentum'),
  learning_rate: constantFrom(0.01, 0.05),
  learning_rate_decay: constantFrom(0, 0.1),
  weight_schedule: constantFrom('constant', 'exponential'),
  steer_width: constantFrom(0, 0.1),
  batch_size: constantFrom(2, 3, 5, 8),
  seed: fc.nat(9),
};
const stepWeights = {
  error_weight: constantFrom(0, 0.3),
  stiffness_weight: constantFrom(0, 0.05),
  regularizer: constantFrom('paper_text', 'paper_code'),
};
const taylor = { taylor_weight: constantFrom(0, 0.01), taylor_order: constantFrom(2, 3) };
const local = {
  local_weight: constantFrom(0, 0.1),
  local_sampling: constantFrom('unbiased', 'biased'),
  local_first_stage: constantFrom('constant', 'differentiated'),
};
const controllers = constantFrom('integral', 'pi', 'pid', 'scipy', 'constant');
const families = constantFrom('rk2_family', 'rk3_family', 'rk4_family', 'rk4_uv_family', 'rk4_u1_family');

/** What can be combined, by the kind of solve; what still does not fit together is left out. */
const cells: Readonly<Record<string, fc.Arbitrary<Record<string, number | string>>>> = {
  'a shared grid and a discrete adjoint': record({
    ...common,
    ...stepWeights,
    ...taylor,
    ...local,
    controller: controllers,
    solver: constantFrom('tsit5', 'bosh3', 'dopri5', 'dopri8', 'fehlberg'),
    adjoint: constantFrom('auto', 'checkpoint', 'stages', 'binomial'),
    adjoint_states: constantFrom(2, 16),
  }),
  'a continuous adjoint': record({
    ...common,
    ...taylor,
    controller: constantFrom('integral', 'pid'),
    adjoint: constantFrom('interpolating', 'backsolve'),
  }),
  'a grid for each row': record({
    ...common,
    ...stepWeights,
    ...taylor,
    controller: controllers,
    stepping: constant('per_sample'),
  }),
  'a family of solvers': record({
    ...common,
    ...taylor,
    controller: constant('constant'),
    dt: constant(0.2),
    solver: families,
    family_regime: constantFrom('standalone', 'switching', 'smoothing'),
  }),
  'implicit steps': record({
    ...common,
    controller: constant('constant'),
    dt: constantFrom(0.2, 0.75),
    learning_rate: constantFrom(0.01, 0.2),
    hidden: constantFrom(4, 20),
    solver: constantFrom('backward_euler', 'implicit_midpoint'),
    nonlinear: constantFrom('newton', 'fixed_point'),
    unroll_depth: constant(1),
    unroll_limit: constantFrom(3, 10),
  }),
};

const drawnInterruptions = fc
  .uniqueArray(record({ epoch: fc.nat(3), how: constantFrom('drain' as const, 'stop' as const) }), {
    selector: ({ epoch }) => epoch,
    minLength: 1,
    maxLength: 3,
  })
  .map((list) => [...list].sort((a, b) => a.epoch - b.epoch));

function fits(parameters: ParameterValues): boolean {
  try {
    trainingSettings(spiralNode.parameters.parse({ ...small, ...parameters }));
    return true;
  } catch {
    return false;
  }
}

/** As many draws as the fast tests can bear; with CHECKPOINT_RUNS=1000 in the environment it is a proof of more. */
const numRuns = Number(process.env.CHECKPOINT_RUNS ?? 12);

async function expectSame(trial: Trial, interruptions: readonly Interruption[], path: string): Promise<void> {
  const resumed = await interrupted(trial, interruptions, path);
  expect(numbers(resumed)).toEqual(numbers(await attempt(trial, null)));
}

describe.each(Object.entries(cells))('A trial with %s', (_, arbitrary) => {
  it.each(['f32', 'f64'])('ends in %s as if it had never been interrupted', async (dtype) => {
    await withTemporaryDirectory((directory) =>
      fc.assert(
        fc.asyncProperty(arbitrary.filter(fits), drawnInterruptions, fc.uuid(), (parameters, interruptions, name) =>
          expectSame(spiral({ ...parameters, dtype }), interruptions, join(directory, name)),
        ),
        { numRuns },
      ),
    );
  });
});

const everyEpoch: readonly Interruption[] = [
  { epoch: 1, how: 'drain' },
  { epoch: 2, how: 'stop' },
  { epoch: 3, how: 'drain' },
];

test('a classifier with encoder and decoder ends as if it had never been interrupted', async () => {
  await withTemporaryDirectory(async (directory) => {
    const regularised = { error_weight: 0.1, taylor_weight: 1e-4, local_weight: 0.1, steer_width: 0.2 };
    for (const optimizer of ['adam', 'momentum']) {
      await expectSame(classifier({ ...regularised, optimizer }), everyEpoch, join(directory, optimizer));
    }
  });
});

test('iterations of implicit steps that were raised on the way stay raised', async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'checkpoint');
    const unrolled = { solver: 'implicit_midpoint', nonlinear: 'fixed_point', unroll_depth: 1, unroll_limit: 4 };
    const short = { t1: 0.3, times: 2, trajectories: 64, test_trajectories: 16, hidden: 50, batch_size: 16 };
    const trial = spiral({ ...short, ...unrolled, controller: 'constant', dt: 0.1, epochs: 20 });
    const left = await attempt(trial, path, { epoch: 19, how: 'drain' });
    // Three steps of one iteration at first.
    expect(left.epochs.at(-1)?.nfe).toBeGreaterThan(3);
    expect(numbers(await attempt(trial, path))).toEqual(numbers(await attempt(trial, null)));
  });
});

test.runIf(withTensorflow)('a trial on tensorflow ends as if it had never been interrupted', async () => {
  await withTemporaryDirectory((directory) =>
    expectSame(spiral({ engine: 'tensorflow', error_weight: 0.1 }), everyEpoch, join(directory, 'checkpoint')),
  );
});

test('a drain of a trial that has not begun to train ends it at once; one in its last epoch completes', async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'checkpoint');
    const early = await attempt(spiral({}), path, { epoch: 0, how: 'drain' });
    expect(early).toMatchObject({ outcome: { state: 'interrupted' }, epochs: [], trained: [] });
    expect(await readdir(directory)).toEqual([]);
    expect(await attempt(spiral({}), path, { epoch: 4, how: 'drain' })).toMatchObject({
      outcome: { state: 'completed' },
    });
    expect(await readdir(directory)).toEqual([]);
  });
});

test('a drain of a trial without checkpoints lets it complete', async () => {
  expect(await attempt(spiral({}), null, { epoch: 1, how: 'drain' })).toMatchObject({
    outcome: { state: 'completed' },
  });
});

test('a trial shorter than the time between checkpoints writes none', async () => {
  await withTemporaryDirectory(async (directory) => {
    await attempt(spiral({}), join(directory, 'deep', 'checkpoint'));
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('A checkpoint that does not fit is told, and the trial starts anew', () => {
  const afterOne: Interruption = { epoch: 1, how: 'drain' };
  const refused = async (reason: string, trial: Trial, spoil?: (path: string) => Promise<void>) =>
    withTemporaryDirectory(async (directory) => {
      const path = join(directory, 'checkpoint');
      await attempt(spiral({}), path, afterOne);
      await spoil?.(path);
      const anew = await attempt(trial, path);
      expect(anew).toMatchObject({ outcome: { state: 'completed' }, resumed: null, trained: [1, 2, 3, 4] });
      expect(anew.notes).toEqual([expect.stringContaining(reason)]);
      expect(anew.notes[0]).toContain(path);
      expect(numbers(anew)).toEqual(numbers(await attempt(trial, null)));
    });
  const edited = (from: string, to: string) => async (path: string) => {
    expect(to).toHaveLength(from.length);
    const text = await readFile(path, 'latin1');
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to), 'latin1');
  };

  it('of another cell', () => refused('another cell, sweep seed or task', spiral({ error_weight: 0.1 })));
  it('of another sweep seed', () => refused('another cell, sweep seed or task', spiral({}, 4)));
  it('of another engine or dtype', () => refused('kernels f32', spiral({}), edited('kernels', 'gpuless')));
  it('of another version of the program', () =>
    refused(
      'of the program',
      spiral({}),
      edited(`"program":"${programVersion()}`, `"program":"${programVersion().replace(/\d$/, 'x')}`),
    ));
  it('of another format', () => refused('its format is', spiral({}), edited('checkpoint 1', 'checkpoint 0')));
  it('that says nothing about a stream', () => refused('"batches"', spiral({}), edited('batches', 'patches')));

  it('cut off anywhere, or of other bytes', async () => {
    await withTemporaryDirectory(async (directory) => {
      const path = join(directory, 'checkpoint');
      await attempt(spiral({}), path, afterOne);
      const whole = await readFile(path);
      const owner = { program: programVersion(), engine: 'kernels', dtype: 'f32', trial: 'x' } as const;
      const shape = { parameters: 1, streams: [] };
      for (let length = 0; length < whole.length; length += 1) {
        expect(() => decodeCheckpoint(owner, shape, whole.subarray(0, length))).toThrow();
      }
      expect(() => decodeCheckpoint(owner, shape, Buffer.concat([whole, Buffer.of(0)]))).toThrow('longer');
    });
    await refused('cut off', spiral({}), async (path) => truncate(path, (await stat(path)).size - 8));
    await refused('checkpoint', spiral({}), (path) => writeFile(path, 'something else entirely'));
  });
});

test('a checkpoint that cannot be written is told once, and the trial goes on', async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'checkpoint');
    await mkdir(unfinishedName(path));
    const made = await attempt(spiral({}), path, { epoch: 1, how: 'drain' });
    expect(made).toMatchObject({ outcome: { state: 'completed' }, trained: [1, 2, 3, 4] });
    expect(made.notes).toEqual([expect.stringContaining(`${path} cannot be written`)]);
  });
});
