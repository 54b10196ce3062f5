/**
 * The parameters that every task has: solver, regularisers, optimiser, engine, seed.
 *
 * All have defaults, so a sweep file names only what it varies. A task overrides defaults and adds its own.
 */
import { z } from 'zod';
import { engineChoices } from '../engines/names.js';
import { controllerNames } from '../ode/controllers/index.js';
import { implicitMethods, type ImplicitMethodName } from '../ode/implicit/method.js';
import { stiffnessNorms } from '../ode/stiffness.js';
import { solverNames } from '../ode/tableaux/index.js';
import type { FamilyMember } from '../ode/tableaux/solver-regime.js';
import { aggregateNames } from '../regularizers/aggregation.js';
import { localFirstStages, localSamplings } from '../regularizers/local.js';
import { regularizerPresetNames } from '../regularizers/presets.js';

/** `solver:` says that members of a family are trained with: which one, `family_…` say. */
export const solverFamilies = {
  rk2_family: 'rk2',
  rk3_family: 'rk3',
  rk4_family: 'rk4',
  rk4_uv_family: 'rk4_uv',
  rk4_u1_family: 'rk4_u1',
  rk4_u2_family: 'rk4_u2',
  rk4_u3_family: 'rk4_u3',
} as const satisfies Record<string, FamilyMember['family']>;

export type FamilySolverName = keyof typeof solverFamilies;

const solverChoices = [
  ...solverNames,
  ...(Object.keys(implicitMethods) as ImplicitMethodName[]),
  ...(Object.keys(solverFamilies) as FamilySolverName[]),
] as const;

const weight = (what: string) => z.number().nonnegative().default(0).describe(what);

/** One setting of R_E or R_S: given, or as the preset has it. */
const orPreset = <Schema extends z.ZodType>(schema: Schema, what: string) =>
  z
    .union([schema, z.literal('preset')])
    .default('preset')
    .describe(`${what}; "preset": as \`regularizer\` says`);

export const trainingShape = {
  error_weight: weight('λ_E: weight of R_E, the regulariser of local error estimates, in the loss'),
  stiffness_weight: weight('λ_S: weight of R_S, the regulariser of stiffness estimates, in the loss'),
  regularizer: z
    .enum(regularizerPresetNames)
    .default('paper_text')
    .describe(
      'how step estimates become R_E and R_S: sums weighted by step (paper_text) or as in the paper’s code (paper_code); ' +
        'the paper’s SR+ER, 10 · (E·h + 0.1 · S / 3.5068), is paper_code with error_weight 10 and stiffness_weight 1',
    ),
  error_aggregate: orPreset(z.enum(aggregateNames), 'how the steps’ errors become R_E'),
  error_by_step: orPreset(z.boolean(), 'whether each step’s error counts times its length'),
  error_square: orPreset(z.boolean(), 'whether each step’s error is squared'),
  stiffness_aggregate: orPreset(z.enum(aggregateNames), 'how the steps’ stiffness becomes R_S'),
  stiffness_by_step: orPreset(z.boolean(), 'whether each step’s stiffness counts times its length'),
  stiffness_square: orPreset(z.boolean(), 'whether each step’s stiffness is squared'),
  stiffness_by_stability: orPreset(z.boolean(), 'whether stiffness is divided by the stability size of the solver'),
  stiffness_norm: orPreset(z.enum(stiffnessNorms), 'stiffness from the RMS of all entries, or the largest entry'),
  steer_width: z
    .number()
    .nonnegative()
    .default(0)
    .describe(
      'b of STEER: train to an end drawn from [t1 − b, t1 + b], or to output times moved by at most b and half of the ' +
        'interval beside them; 0: off',
    ),
  taylor_weight: weight('λ_K: weight of R_K = ∫ ‖dᴷz/dtᴷ‖² dt (TayNODE), integrated as one more state, in the loss'),
  taylor_order: z.int().min(2).max(4).default(2).describe('K, the order of the derivative in R_K'),
  local_weight: weight('weight of E·|h| of one more step from somewhere on the trajectory in the loss'),
  local_sampling: z
    .enum(localSamplings)
    .default('unbiased')
    .describe('start of that step: any time alike (unbiased), or any accepted step alike (biased)'),
  local_first_stage: z
    .enum(localFirstStages)
    .default('constant')
    .describe(
      'what the first stage of that step is for the gradient; constant as published, though on small nets NFE fell ' +
        'only with differentiated',
    ),
  weight_schedule: z
    .enum(['constant', 'exponential'])
    .default('constant')
    .describe('whether all weights stay or are annealed over the epochs'),
  weight_final_ratio: z
    .number()
    .positive()
    .default(0.1)
    .describe('weight after the last epoch ÷ weight before the first, where annealed'),
  solver: z
    .enum(solverChoices)
    .default('tsit5')
    .describe(
      'explicit Runge–Kutta pair; or, with controller constant: euler, midpoint, heun, rk4, the implicit ' +
        'backward_euler and implicit_midpoint, or a family of methods (Gusak et al., arXiv 2103.08561)',
    ),
  rtol: z.number().positive().default(1e-4).describe('relative tolerance of the solver'),
  atol: z
    .union([z.number().positive(), z.literal('rtol')])
    .default('rtol')
    .describe('absolute tolerance of the solver; "rtol" makes it equal to rtol'),
  controller: z
    .enum([...controllerNames, 'constant'])
    .default('integral')
    .describe('step size controller; constant: every step is dt'),
  dt: z.number().positive().default(0.05).describe('step size of controller constant'),
  pid_p: z.number().default(0.4).describe('proportional coefficient of controller pid'),
  pid_i: z.number().default(0.3).describe('integral coefficient of controller pid'),
  pid_d: z.number().default(0).describe('derivative coefficient of controller pid'),
  stepping: z
    .enum(['joint', 'per_sample'])
    .default('joint')
    .describe(
      'joint: all rows of a batch share their steps, as in the paper; per_sample: each row has its own, as it had ' +
        'alone, and R_E, R_S and NFE are means over rows',
    ),
  adjoint: z
    .enum(['auto', 'checkpoint', 'stages', 'binomial', 'interpolating', 'backsolve'])
    .default('auto')
    .describe(
      'how the solve is differentiated; the discrete adjoint from kept step states (checkpoint), from kept stages ' +
        '(stages: fastest, most memory), from stages up to 64 MiB and step states beyond (auto) or from few states ' +
        '(binomial: least memory; Griewank & Walther’s revolve), all with the same gradient, bit for bit; or, for ' +
        'comparison and without R_E and R_S, the continuous adjoint on the dense output (interpolating) or backwards ' +
        'from the end (backsolve; Chen et al. 2018)',
    ),
  adjoint_states: z.int().positive().default(16).describe('most states that adjoint binomial keeps at a time'),
  nonlinear: z
    .enum(['newton', 'fixed_point'])
    .default('newton')
    .describe(
      'how implicit solvers solve a step: to a tolerance, with the gradient of the solution (newton; NFE leaves out its ' +
        'products with the Jacobian), or by so many iterations, with the gradient of these (fixed_point; Zhu et al., arXiv 2303.17824)',
    ),
  unroll_depth: z.int().positive().default(2).describe('iterations of nonlinear fixed_point at first'),
  unroll_limit: z
    .int()
    .positive()
    .default(10)
    .describe('most of them: there is one more each time what they leave open exceeds the training loss'),
  family_regime: z
    .enum(['standalone', 'switching', 'smoothing'])
    .default('standalone')
    .describe(
      'which member of a solver family trains: always (u, v); for each batch this or the other one at random ' +
        '(switching); or one near it (smoothing). Predictions take (u, v)',
    ),
  family_u: z.number().default(0.25).describe('first parameter of a solver family, for most the node c_2'),
  family_v: z.number().default(0.75).describe('second parameter, the node c_3, of rk3_family and rk4_uv_family'),
  family_other_u: z.number().default(0.5).describe('first parameter of the other member of family_regime switching'),
  family_other_v: z.number().default(1).describe('second parameter of that member, of the same two families'),
  family_spread: z
    .number()
    .nonnegative()
    .default(0.02)
    .describe('standard deviation of the parameters around (u, v) in family_regime smoothing'),
  max_steps: z.int().positive().default(10_000).describe('most attempted steps of one solve'),
  epochs: z.int().positive().default(10).describe('passes over the training set'),
  batch_size: z.int().positive().default(512).describe('examples a training iteration and a prediction solve at once'),
  optimizer: z.enum(['adam', 'momentum']).default('adam').describe('adam or SGD with momentum'),
  learning_rate: z.number().positive().default(0.01).describe('learning rate of the first iteration'),
  learning_rate_decay: z
    .number()
    .nonnegative()
    .default(0)
    .describe('the rate of iteration n is learning_rate / (1 + decay · n)'),
  momentum: z.number().min(0).lt(1).default(0.9).describe('momentum of optimizer momentum'),
  engine: z
    .enum(engineChoices)
    .default('kernels')
    .describe(
      'what computes: WASM SIMD kernels; TensorFlow for wide nets, set up on demand; a GPU by webgpu; the plain ' +
        'reference; auto: kernels or tensorflow, whichever is predicted to be faster for the net and the batch, ' +
        'recorded with each trial',
    ),
  dtype: z.enum(['f32', 'f64']).default('f32').describe('precision of states and parameters'),
  seed: z.int().min(0).max(4_294_967_295).default(0).describe('seed of weights, batches and data within the sweep'),
};

export type TrainingShape = typeof trainingShape;

export type TrainingParameters = z.output<z.ZodObject<TrainingShape>>;

/** The training parameters with a task's own defaults. */
export function withDefaults(defaults: Partial<TrainingParameters>): TrainingShape {
  const shape: Record<string, z.ZodDefault<z.ZodType>> = { ...trainingShape };
  for (const [name, value] of Object.entries(defaults)) {
    const schema = shape[name];
    shape[name] = schema
      .unwrap()
      .default(value)
      .describe(schema.description ?? '');
  }
  return shape as TrainingShape;
}
