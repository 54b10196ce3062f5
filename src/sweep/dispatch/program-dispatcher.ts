/**
 * Runs trials that are other programs: each under a supervisor of its own, a child process that leads the program's
 * process group (`programs/run-program.ts`).
 *
 * Invariants:
 * - The program, and all that it has started, ends with its trial, with the coordinating process, and with its
 *   supervisor, whichever comes first and however.
 * - It is asked to end by SIGTERM and has ten seconds for it; then comes SIGKILL.
 */
import { resolve } from 'node:path';
import { commandLine, variableOf, type CommandTemplate } from '../../programs/command-line.js';
import type { ParameterValues, ProgramCall, TrialRequest } from '../../training/trial.js';
import { logFileIn } from '../trial-files.js';
import { resolveWorker } from './dispatcher-options.js';
import type { Dispatcher, DispatcherOptions } from './dispatcher.js';
import { createProcessDispatcher } from './process-dispatcher.js';

export interface ProgramOptions extends Pick<DispatcherOptions, 'workers' | 'timeoutSeconds'> {
  readonly command: CommandTemplate;
  /** Where the program runs. */
  readonly folder: string;
  /** Where logs and checkpoints of the sweep's trials lie. */
  readonly files: string;
}

/** Time for a program to write a checkpoint. */
const graceMilliseconds = 10_000;

export function createProgramDispatcher({ command, folder, files, ...options }: ProgramOptions): Dispatcher {
  const dispatcher = createProcessDispatcher({
    ...options,
    graceMilliseconds,
    workerFile: resolveWorker('#workers/trial-program'),
    reuse: false,
  });
  return {
    ...dispatcher,
    run: (request, hooks) =>
      dispatcher.run({ ...request, program: programCall(request, command, folder, files) }, hooks),
  };
}

function programCall(
  { parameters, sweepSeed, trial = { number: 0, attempt: 1 } }: TrialRequest,
  command: CommandTemplate,
  folder: string,
  files: string,
): ProgramCall {
  const checkpointFolder = resolve(files, `${trial.number}.checkpoints`);
  return {
    words: commandLine(command, parameters),
    folder: resolve(folder),
    variables: {
      ...parameterVariables(parameters),
      SWEEP_PARAMETERS: JSON.stringify(parameters),
      SWEEP_TRIAL: String(trial.number),
      SWEEP_ATTEMPT: String(trial.attempt),
      SWEEP_SEED: String(sweepSeed),
      SWEEP_CHECKPOINT_DIR: checkpointFolder,
    },
    logFile: logFileIn(files, trial.number),
    checkpointFolder,
  };
}

function parameterVariables(parameters: ParameterValues): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [variableOf(name), String(value)]));
}
