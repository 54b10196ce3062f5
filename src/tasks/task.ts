/**
 * What a task is: one experiment's data, model and loss, with its parameters declared.
 *
 * The sweep file's `parameters` are checked against `parameters` before anything runs, so that a
 * typing error costs nothing. `create` runs in the worker thread of each trial.
 */
import type { z } from 'zod';
import type { RandomStream } from '../random/random.js';
import type { NeuralOde } from '../models/neural-ode.js';

/** A finite set of examples on the host, row-major. */
export interface Dataset {
  readonly count: number;
  /** count × inputColumns, or a function of it; copied into batches by row index. */
  readonly inputs: Float32Array | Float64Array;
  readonly inputColumns: number;
  readonly targets: Targets;
}

export type Targets =
  /** Class indices, one per example: softmax cross entropy on the model's logits. */
  | { readonly kind: 'classes'; readonly labels: Uint8Array; readonly classes: number }
  /** times × count × columns values at the model's save times: mean squared error. */
  | { readonly kind: 'trajectory'; readonly values: Float64Array; readonly times: number; readonly columns: number };

export interface Experiment {
  readonly model: NeuralOde;
  readonly train: Dataset;
  readonly test: Dataset;
}

export interface TaskContext {
  /** A stream for one purpose ("data", "weights", …), a pure function of (sweep seed, cell seed, purpose). */
  readonly random: (purpose: string) => RandomStream;
}

export interface Task<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** kebab-case; what `task:` in a sweep file says. */
  readonly name: string;
  /** One sentence for `sweep tasks`. */
  readonly summary: string;
  /** Every parameter has a default and a description (`.describe`); unknown keys are refused. */
  readonly parameters: z.ZodObject<Shape>;
  create(context: TaskContext, parameters: z.infer<z.ZodObject<Shape>>): Experiment | Promise<Experiment>;
}
