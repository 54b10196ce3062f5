/** What another program has told of one trial so far, handed on as a task's trial tells it. */
import { hostname } from 'node:os';
import type { EpochMetrics, TrialEnvironment, TrialMessage, TrialOutcome } from '../training/trial.js';
import { epochOf, resultOf } from './told-figures.js';
import type { Figures, ToldLine } from './told-line.js';

export interface ToldTrial {
  hear(line: ToldLine): void;
  /** Where it runs, by what is told of that. */
  environment(facts?: Readonly<Record<string, string>>): TrialEnvironment;
  /** How the trial ends if nothing more is told. */
  outcome(): TrialOutcome;
  readonly hasResult: boolean;
  /** Lines that looked as if they were meant for us. */
  readonly malformed: number;
}

const untold = {
  code: 'no_result',
  message: 'The program ended well, but told no loss.',
  detail: 'It tells one by a line such as {"result": {"loss": 0.1, "nfe": 80}}.',
};

/** What stands for the engine of a trial that is another program. */
export const programEngine = 'command';

export function createToldTrial(tell: (message: TrialMessage) => void): ToldTrial {
  let last: EpochMetrics | null = null;
  let result: Figures | null = null;
  let trainSeconds: number | null = null;
  let malformed = 0;
  const environment = (facts: Readonly<Record<string, string>> = {}) => {
    const { device, dtype, parameters, ...versions } = facts as Partial<Record<string, string>>;
    const modelParameters = parameters === undefined ? NaN : Number(parameters);
    return {
      engine: programEngine,
      dtype: dtype ?? null,
      device: device ?? hostname(),
      versions: versions as Readonly<Record<string, string>>,
      modelParameters: Number.isSafeInteger(modelParameters) ? modelParameters : null,
      choices: null,
    };
  };
  const tellProgress = (fraction: number, epochs: number | null): void =>
    tell({
      kind: 'progress',
      progress: {
        fraction,
        epoch: last?.epoch ?? 1,
        epochs,
        iteration: null,
        iterationsPerEpoch: null,
        loss: last?.testLoss ?? null,
        nfe: last?.nfe ?? null,
      },
    });
  const hear = (line: ToldLine): void => {
    switch (line.kind) {
      case 'epoch':
        last = epochOf(line.epoch, line.figures);
        if (last.trainSeconds !== null) trainSeconds = (trainSeconds ?? 0) + last.trainSeconds;
        tell({ kind: 'epoch', metrics: last });
        if (line.epochs !== null) tellProgress(Math.min(1, line.epoch / line.epochs), line.epochs);
        return;
      case 'progress':
        tellProgress(line.fraction, null);
        return;
      case 'result':
        result = line.figures;
        return;
      case 'environment':
        tell({ kind: 'environment', environment: environment(line.facts) });
        return;
      case 'malformed':
        malformed += 1;
        return;
      case 'text':
        return;
      default:
        line satisfies never;
    }
  };
  return {
    hear,
    environment,
    outcome: () => {
      const told = resultOf(result, last, trainSeconds);
      if (told === null) return { state: 'failed', reason: untold };
      if (Number.isFinite(told.loss)) return { state: 'completed', result: told, model: null };
      return { state: 'diverged', reason: { code: 'non_finite', message: `A loss of ${told.loss} was told.` } };
    },
    get hasResult() {
      return result !== null;
    },
    get malformed() {
      return malformed;
    },
  };
}
