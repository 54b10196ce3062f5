/**
 * What a task is: one experiment's data, model and loss, with its parameters declared.
 *
 * The sweep file's `parameters` are checked against `parameters` before anything runs, so that a
 * typing error costs nothing. `create` runs in the worker thread of each trial.
 */
import type { z } from 'zod';
import type { NeuralOde } from '../models/neural-ode.js';
import type { RandomStream } from '../random/random.js';
import type { TrainingShape } from './parameters.js';

/** A finite set of examples on the host. */
export interface Dataset {
  readonly count: number;
  /** count × inputColumns, row-major; multiplied by `inputScale` on the way to the engine. */
  readonly inputs: Uint8Array | Float64Array;
  readonly inputColumns: number;
  readonly inputScale: number;
  readonly targets: Targets;
}

export type Targets =
  /** Class indices, one for each example: softmax cross entropy on the model's outputs at t1. */
  | { readonly kind: 'classes'; readonly labels: Uint8Array }
  /** times × count × columns values at the model's save times: mean squared error. */
  | { readonly kind: 'trajectories'; readonly values: Float64Array; readonly times: number; readonly columns: number };

export interface Experiment {
  readonly model: NeuralOde;
  readonly train: Dataset;
  readonly test: Dataset;
}

export interface TaskContext {
  /** A stream for one purpose ("data", …), a pure function of (sweep seed, cell seed, purpose). */
  readonly random: (purpose: string) => RandomStream;
}

export interface Task<Shape extends TrainingShape = TrainingShape> {
  /** kebab-case; what `task:` in a sweep file says. */
  readonly name: string;
  /** One sentence for `sweep tasks`. */
  readonly summary: string;
  /**
   * Says before anything runs that the model's field is a tfjs function: a sweep then refuses cells that cannot run it,
   * such as other engines, where otherwise each of their trials would fail.
   */
  readonly field?: 'tfjs';
  /** Every parameter has a default and a description; unknown keys are refused. */
  readonly parameters: z.ZodObject<Shape>;
  create(context: TaskContext, parameters: z.output<z.ZodObject<Shape>>): Experiment | Promise<Experiment>;
}

/** Declares a task, inferring the type of its parameters. */
export function defineTask<Shape extends TrainingShape>(task: Task<Shape>): Task<Shape> {
  return task;
}
