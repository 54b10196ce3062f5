/**
 * One trial as the worker sees it: what it is asked, what it tells on the way, how it ends.
 * Everything here crosses a thread boundary: plain, structured-clonable data only.
 */

/** The value of one parameter of a cell. */
export type ParameterValue = number | string | boolean;

export type ParameterValues = Readonly<Record<string, ParameterValue>>;

export interface TrialRequest {
  /** A built-in task's name, or the absolute path of the user's task module. */
  readonly task: string;
  /** Complete: every parameter of the task, defaults filled in, `engine`, `dtype` and `seed` among them. */
  readonly parameters: ParameterValues;
  readonly sweepSeed: number;
}

/** Where the trial runs; sent once, as soon as the engine has started. */
export interface TrialEnvironment {
  readonly engine: string;
  readonly dtype: string;
  readonly device: string;
  /** Program and engine versions by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Number of trainable parameters of the model. */
  readonly modelParameters: number;
  /** What was chosen and why, by each parameter that said `auto`; null where none did. */
  readonly choices: Readonly<Record<string, string>> | null;
}

/** Measured after each epoch. Losses may be non-finite; the store keeps that. */
export interface EpochMetrics {
  /** 1-based. */
  readonly epoch: number;
  /** Mean over the epoch's iterations, without the regularisation term. */
  readonly trainLoss: number;
  /** On the whole test set. */
  readonly testLoss: number;
  /** Test accuracy in [0, 1]; null where the task has none. */
  readonly accuracy: number | null;
  /** Function evaluations of one prediction: mean over the test set's batches. */
  readonly nfe: number;
  /** Mean over the epoch's iterations of the forward solve's NFE. */
  readonly trainNfe: number;
  /** Mean over the epoch's iterations of field evaluations repeated plus pullbacks in the adjoint. */
  readonly backwardNfe: number;
  /** Mean accepted and rejected steps of a training solve. */
  readonly accepted: number;
  readonly rejected: number;
  /** Mean over iterations of the unweighted regularisers; NaN where the solver has no such estimate. */
  readonly errorRegularizer: number;
  readonly stiffnessRegularizer: number;
  /** Null where they have no weight: they are not computed then. */
  readonly taylorRegularizer: number | null;
  readonly localRegularizer: number | null;
  /** λ in force during the epoch. */
  readonly errorWeight: number;
  readonly stiffnessWeight: number;
  readonly taylorWeight: number;
  readonly localWeight: number;
  /** Mean |h| of accepted training steps. */
  readonly meanStep: number;
  /** Wall time of this epoch's training iterations, engine start, warm-up and testing excluded. */
  readonly trainSeconds: number;
  /** Wall time of one warm prediction of the whole test set. */
  readonly predictSeconds: number;
  /** Resident memory of the whole process, in bytes. */
  readonly memoryBytes: number;
}

/** What a completed trial is judged by: the last epoch's test figures and the total cost. */
export interface TrialResult {
  readonly nfe: number;
  readonly loss: number;
  readonly accuracy: number | null;
  readonly trainLoss: number;
  readonly trainSeconds: number;
  readonly predictSeconds: number;
  readonly epochs: number;
}

export interface TrialProgress {
  /** Share of the trial's iterations done, in [0, 1]. */
  readonly fraction: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly iteration: number;
  readonly iterationsPerEpoch: number;
  /** Of the latest iteration. */
  readonly loss: number;
  readonly nfe: number;
}

/** Sent over the trial's MessagePort, in order. */
export type TrialMessage =
  | { readonly kind: 'environment'; readonly environment: TrialEnvironment }
  | { readonly kind: 'progress'; readonly progress: TrialProgress }
  | { readonly kind: 'epoch'; readonly metrics: EpochMetrics };

/** Why a trial did not complete; `code` is for programs, `message` for people. */
export interface TrialReason {
  /** One of those that `reason-codes.ts` explains. */
  readonly code: string;
  readonly message: string;
  /** Stack or further detail. */
  readonly detail?: string;
  /** Where training stood. */
  readonly epoch?: number;
  readonly iteration?: number;
}

/** How `runTrial` ends. What it throws is a failure: the dispatcher records it as `failed`. */
export type TrialOutcome =
  | { readonly state: 'completed'; readonly result: TrialResult; readonly model: TrainedModel }
  | { readonly state: 'diverged' | 'failed' | 'timed_out' | 'cancelled'; readonly reason: TrialReason }
  /** The stop flag was raised: nothing is recorded, the trial is queued again. */
  | { readonly state: 'interrupted' };

/** The trained parameters, flat, in the order of the model's chains. */
export interface TrainedModel {
  readonly parameters: Float64Array;
}

export interface TrialHooks {
  /** As `DeviceHold.tell`; missing where nobody terminates the thread. */
  readonly holdDevice?: (held: boolean) => void;
  readonly tell: (message: TrialMessage) => void;
  /** Polled once an iteration; true makes the trial end as `interrupted`. */
  readonly shouldStop: () => boolean;
}
