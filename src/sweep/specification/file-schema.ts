/**
 * The sweep file as a schema: W&B's sweep keys, and ours on top. `sweeps/schema.json` is made from it.
 */
import { z } from 'zod';
import { parseFailureBudget } from '../coordinator/retry-policy.js';
import { longestSeconds, parseDuration } from './duration.js';
import { executorNames } from '../dispatch/executor-names.js';
import { earlyTerminateSchema } from './early-terminate-schema.js';
import { mostObjectives, objectiveNames } from '../monitor/monitor-objectives.js';
import { orders } from '../coordinator/order.js';
import type { Objective } from '../store.js';
import { trainingShape } from '../../tasks/parameters.js';
import { retriableReasonCodes } from '../../training/reason-codes.js';
import { parameterSchema, pointsSchema, zipSchema } from './parameter-schema.js';

const goal = z.enum(['minimize', 'maximize']);

/** The keys that say what is compared, for one kind of objective. */
function objectiveKeysOf(objectiveName: z.ZodType<string, string>) {
  const objective = z.strictObject({
    name: objectiveName.describe('what is measured of a trial'),
    goal: goal.optional().describe('default: maximize for accuracy, else minimize'),
  });
  const objectives = z
    .array(z.union([objectiveName, objective]))
    .min(2)
    .max(mostObjectives);
  return {
    objectives: objectives.optional().describe('what the frontier compares (default: nfe and loss)'),
    metrics: objectives.optional().describe('as `objectives` (W&B)'),
    metric: objective.optional().describe('as `objectives` with one entry beside nfe (W&B)'),
  };
}

export interface ObjectiveEntryObject {
  readonly name: string;
  readonly goal?: Objective['goal'] | undefined;
}

export type ObjectiveEntry = string | ObjectiveEntryObject;

const duration = z.union([z.number(), z.string()]).refine(
  (value) => {
    const seconds = parseDuration(value);
    return seconds > 0 && seconds <= longestSeconds;
  },
  { params: { expected: 'a length of time of at most 24 days: seconds, or 90s, 10m, 1h30m' } },
);

const failureBudget = z.union([z.number(), z.string()]).refine((value) => parseFailureBudget(value) !== null, {
  params: { expected: 'a whole number of trials, a share such as 10%, or unlimited' },
});

const trial = z.strictObject({
  memory_mb: z
    .int()
    .min(16)
    .optional()
    .describe('limit of what a trial holds in its JavaScript heap, typed arrays and WebAssembly memory, in MiB'),
  timeout: duration.optional().describe('most wall time of a trial: seconds, or 90s, 10m, 1h30m; then it is timed_out'),
  checkpoint_every: duration
    .optional()
    .describe(
      'least time between two checkpoints of a trial, from which it goes on after a stop or a crash (default: 30s)',
    ),
  max_retries: z
    .int()
    .min(0)
    .max(100)
    .optional()
    .describe('further attempts of a trial that ended of a reason in retry_on, waiting 1 s, 2 s, 4 s … (default: 1)'),
  retry_on: z
    .array(z.enum(retriableReasonCodes))
    .min(1)
    .optional()
    .describe('reason codes that are worth another attempt (default: worker_exit, device_lost)'),
});

/** How the points of a sweep are found. */
export const methods = ['grid', 'random', 'sobol', 'halton', 'nsga2', 'tpe', 'bayes'] as const;

export const fileSchema = z.strictObject({
  name: z.string().min(1).max(200).optional().describe('name of the sweep in the database (default: the file’s name)'),
  description: z.string().optional(),
  task: z.string().min(1).describe('a built-in task (`sweep tasks`) or the path of a task module'),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'instead of a task: the words of a program, e.g. [python, train.py, --rtol, "{rtol}"]; no shell is between',
    ),
  program: z.string().min(1).optional().describe('what ${program} in `command` stands for (W&B)'),
  executor: z
    .enum(executorNames)
    .optional()
    .describe('trials run on threads, or in processes that a native crash ends alone (default: thread)'),
  method: z
    .enum(methods)
    .default('grid')
    .describe('every combination, run_cap points, or a search that learns from results (nsga2; tpe, in W&B bayes)'),
  run_cap: z.int().min(1).optional().describe('grid: the first so many cells; other methods: the number of points'),
  generation_size: z
    .int()
    .min(2)
    .max(10_000)
    .optional()
    .describe('nsga2, tpe: points that are proposed together, from results of those before the last (default: 10)'),
  seed: z.int().min(0).default(0).describe('seed of the sweep: with the cell it decides every number'),
  repeats: z.int().min(1).max(10_000).optional().describe('every point with the seeds 0 … repeats − 1'),
  ...objectiveKeysOf(z.enum(objectiveNames)),
  parameters: z.record(z.string(), parameterSchema).default({}).describe('what varies, and what is fixed'),
  zip: zipSchema.optional().describe('lists of equal length that advance together: one axis of the grid each entry'),
  points: pointsSchema.optional().describe('single points that run first, beside those of the method'),
  where: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('only cells for which these conditions hold, e.g. "error_weight > 0 || rtol <= 1e-4"'),
  engine: z.string().optional().describe('as parameter engine'),
  dtype: z.string().optional().describe('as parameter dtype'),
  order: z
    .enum(orders)
    .default('given')
    .describe(
      'which trials start first: the file’s order, the cheapest, or what promises most for the frontier a second',
    ),
  workers: z.int().min(1).max(1024).optional().describe('trials at a time (default: all cores, as far as memory goes)'),
  failure_budget: failureBudget
    .optional()
    .describe(
      'how many trials, or which share (10%), may fail before no other starts (default: until the first 5 all fail alike)',
    ),
  max_time: duration
    .optional()
    .describe(
      'wall time of a run after which no trial starts and running ones stop at a checkpoint; the same command goes on',
    ),
  trial: trial.optional().describe('limits of each trial'),
  early_terminate: earlyTerminateSchema.optional().describe('the rule, or rules, by which trials are stopped early'),
});

/** Of a file whose trials are other programs: they have metrics of their own. */
export const programFileSchema = z.strictObject({
  ...fileSchema.shape,
  task: fileSchema.shape.task.optional(),
  ...objectiveKeysOf(z.string().min(1)),
});

export type SweepFile = z.output<typeof programFileSchema>;

/** The keys that there are, for "did you mean". */
export const objectiveKeys = ['name', 'goal'];
export const trialKeys = Object.keys(trial.shape);

/** The JSON schema by which editors complete and check sweep files; it knows the parameters of every task. */
export function sweepFileJsonSchema(): object {
  const { properties, ...schema } = z.toJSONSchema(programFileSchema, { io: 'input' });
  const shared = Object.entries(trainingShape).map(([name, { description }]) => {
    return [name, { description, $ref: '#/$defs/parameter' }] as const;
  });
  const parameters = { ...(properties?.parameters as object), properties: Object.fromEntries(shared) };
  const anyOf = ['task', 'command', 'program'].map((key) => ({ required: [key] }));
  return { title: 'paretode sweep file', ...schema, anyOf, properties: { ...properties, parameters } };
}
