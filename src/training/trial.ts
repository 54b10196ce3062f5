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
  /** Missing: the trial leaves no checkpoints and starts from none. */
  readonly checkpoint?: CheckpointRequest;
  /** Which trial of its sweep it is; missing outside of one. */
  readonly trial?: TrialPlace;
  /** Where the trial is another program: how to start it. */
  readonly program?: ProgramCall;
}

export interface CheckpointRequest {
  /** Of the file; its folder need not exist. */
  readonly path: string;
  /** Least time between two checkpoints, but where a drain asks for one. */
  readonly everySeconds: number;
}

export interface TrialPlace {
  /** 1-based within the sweep. */
  readonly number: number;
  /** 1-based. */
  readonly attempt: number;
}

/** No shell is between: each word arrives as it is. */
export interface ProgramCall {
  readonly words: readonly string[];
  /** Where it runs: absolute. */
  readonly folder: string;
  /** Beside the environment of this process. */
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute path of the file that keeps the last of what it prints. */
  readonly logFile: string;
  /** Absolute path of a folder that lasts from attempt to attempt, until the trial completes. */
  readonly checkpointFolder: string;
}

/** Where the trial runs; sent once, as soon as the engine has started. */
export interface TrialEnvironment {
  readonly engine: string;
  /** Null where a program does not tell. */
  readonly dtype: string | null;
  readonly device: string;
  /** Program and engine versions by name; `task` is the hash of the user's task module. */
  readonly versions: Readonly<Record<string, string>>;
  /** Number of trainable parameters of the model; null where a program does not tell. */
  readonly modelParameters: number | null;
  /** What was chosen and why, by each parameter that said `auto`; null where none did. */
  readonly choices: Readonly<Record<string, string>> | null;
}

/**
 * Measured after each epoch. Losses may be non-finite; the store keeps that. Null: not measured – which is what most
 * figures are of a trial that is another program, and none of a task's where the comment does not say so.
 */
export interface EpochMetrics {
  /** 1-based. */
  readonly epoch: number;
  /** Mean over the epoch's iterations, without the regularisation term. */
  readonly trainLoss: number | null;
  /** On the whole test set. */
  readonly testLoss: number | null;
  /** Test accuracy in [0, 1]; null where the task has none. */
  readonly accuracy: number | null;
  /** Function evaluations of one prediction: mean over the test set's batches. */
  readonly nfe: number | null;
  /** Mean over the epoch's iterations of the forward solve's NFE. */
  readonly trainNfe: number | null;
  /** Mean over the epoch's iterations of field evaluations repeated plus pullbacks in the adjoint. */
  readonly backwardNfe: number | null;
  /** Mean accepted and rejected steps of a training solve. */
  readonly accepted: number | null;
  readonly rejected: number | null;
  /** Mean over iterations of the unweighted regularisers; NaN where the solver has no such estimate. */
  readonly errorRegularizer: number | null;
  readonly stiffnessRegularizer: number | null;
  /** Null where they have no weight: they are not computed then. */
  readonly taylorRegularizer: number | null;
  readonly localRegularizer: number | null;
  /** λ in force during the epoch. */
  readonly errorWeight: number | null;
  readonly stiffnessWeight: number | null;
  readonly taylorWeight: number | null;
  readonly localWeight: number | null;
  /** Mean |h| of accepted training steps. */
  readonly meanStep: number | null;
  /** Wall time of this epoch's training iterations, engine start, warm-up and testing excluded. */
  readonly trainSeconds: number | null;
  /** Wall time of one warm prediction of the whole test set. */
  readonly predictSeconds: number | null;
  /** Resident memory of the whole process, in bytes. */
  readonly memoryBytes: number | null;
  /** What another program measures beside these, by its own names; missing where there is nothing. */
  readonly metrics?: OwnMetrics;
}

/** An epoch of a task: these are always measured. */
export interface TaskEpoch extends EpochMetrics {
  readonly trainLoss: number;
  readonly testLoss: number;
  readonly nfe: number;
  readonly trainSeconds: number;
}

/** Figures by the names that a program gives them. */
export type OwnMetrics = Readonly<Record<string, number>>;

/** What a completed trial is judged by: the last epoch's test figures and the total cost. */
export interface TrialResult {
  readonly nfe: number | null;
  readonly loss: number;
  readonly accuracy: number | null;
  readonly trainLoss: number | null;
  readonly trainSeconds: number | null;
  readonly predictSeconds: number | null;
  readonly epochs: number;
  /** As of an epoch. */
  readonly metrics?: OwnMetrics;
}

export interface TrialProgress {
  /** Share of the trial's iterations done, in [0, 1]. */
  readonly fraction: number;
  readonly epoch: number;
  /** Of a trial that is another program this is null, as all that follows. */
  readonly epochs: number | null;
  readonly iteration: number | null;
  readonly iterationsPerEpoch: number | null;
  /** Of the latest iteration. */
  readonly loss: number | null;
  readonly nfe: number | null;
}

/** Sent over the trial's MessagePort, in order. */
export type TrialMessage =
  | { readonly kind: 'environment'; readonly environment: TrialEnvironment }
  /** Continues from a checkpoint after so many epochs, which are told again, as they were, after this. */
  | { readonly kind: 'resumed'; readonly epoch: number }
  /** A sentence for people about something that changes no number of the trial. */
  | { readonly kind: 'note'; readonly message: string }
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

/** How `runTrial` ends; another program leaves no model that we know of. What it throws is a failure: the dispatcher records it as `failed`. */
export type TrialOutcome = CompletedTrial | IncompleteOutcome;

export interface CompletedTrial {
  readonly state: 'completed';
  readonly result: TrialResult;
  readonly model: TrainedModel | null;
}

export type IncompleteOutcome =
  | { readonly state: 'diverged' | 'failed' | 'timed_out' | 'cancelled'; readonly reason: TrialReason }
  /** It was asked to stop, or to leave a checkpoint: nothing is recorded, the trial is queued again. */
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
  /** Polled once an epoch; true makes a trial with checkpoints end as `interrupted` once it has left one. Missing: false. */
  readonly shouldDrain?: () => boolean;
}
