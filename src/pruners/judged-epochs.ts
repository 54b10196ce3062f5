/** The epochs at which a pruner looks at a trial. */

export interface JudgedEpochs {
  /** The first. */
  readonly minEpochs: number;
  /** From one to the next. */
  readonly interval: number;
}

export function isJudged(epoch: number, { minEpochs, interval }: JudgedEpochs): boolean {
  return epoch >= minEpochs && (epoch - minEpochs) % interval === 0;
}
