/**
 * How long a run still takes, learned from its trials as they end.
 *
 * A running trial's rest follows from its own speed, shrunk towards its forecast while little of it is done, so that the estimate
 * moves without jumps. Before the first trial has ended, running ones speak for the others by what they have done so far.
 */
import { fitCostModel, mostSamples, type CostForecast, type MeanForecast } from '../../forecast/cost-model.js';
import { estimateDuration, type DurationEstimate } from '../../forecast/duration-estimate.js';
import { programEngine } from '../../programs/told-trial.js';
import type { Cell } from '../cell.js';
import type { StopMode } from '../events.js';
import { measuredSeconds, shortestSeconds } from '../measured-seconds.js';
import { doneFraction, type TrialView } from './monitor-trial.js';
import type { TrialState } from '../trial-state.js';

export interface RunStanding {
  readonly trials: readonly TrialView[];
  /** Those of `trials` that run. */
  readonly running: readonly TrialView[];
  /** Trials in the end: those beyond `trials` are still to be chosen. */
  readonly total: number;
  readonly counts: Readonly<Record<TrialState, number>>;
  readonly workers: number;
  readonly stopping: StopMode | null;
  /** Milliseconds, same clock as `startedAt` of the trials. */
  readonly now: number;
}

/** Fewer trials done than this (fractions count) are no evidence. */
const leastEvidence = 0.1;
/** A running trial's own speed weighs as much as its forecast when it has done this share. */
const priorFraction = 0.25;
/** The model is fitted anew when there are so many more samples: of 100,000 trials some fifty times. */
const growth = 1.25;
/** So many of the queued trials, evenly spread, stand for all. */
const mostQueued = 1000;

interface Fit {
  readonly samples: number;
  readonly forecast: (trial: TrialView) => CostForecast;
  readonly queued: MeanForecast;
}

interface MeasuredTrial {
  readonly cell: Cell;
  readonly seconds: number;
}

export class RunForecast {
  /** The latest, and perhaps as many before them. */
  #samples: MeasuredTrial[] = [];
  /** All samples that there ever were. */
  #ended = 0;
  #fit: Fit | null = null;

  /** A trial that ended, in this run or before it. One that failed or was cancelled says nothing of what a trial costs. */
  ended({ state, seconds, resumedEpoch, result, cell }: TrialView): void {
    if (state === 'cancelled' || state === 'failed') return;
    // Of earlier runs and attempts the wall time is not at hand; what the trial measured of itself comes close.
    const measured = result === null ? null : measuredSeconds(result);
    const taken = resumedEpoch > 0 ? measured : (seconds ?? measured);
    if (taken === null || taken <= 0) return;
    this.#ended += 1;
    this.#samples.push({ cell, seconds: Math.max(taken, shortestSeconds) });
    if (this.#samples.length === 2 * mostSamples) this.#samples = this.#samples.slice(-mostSamples);
  }

  /** Until nothing is left to run; null while there is too little evidence. */
  remaining(standing: RunStanding): DurationEstimate | null {
    const { counts, stopping, workers, now, running } = standing;
    const queued = stopping === null ? counts.queued + standing.total - standing.trials.length : 0;
    if (queued + running.length === 0) return { seconds: 0, low: 0, high: 0 };
    if (stopping === 'abort') return null;
    const fit = this.#fitted(standing);
    if (fit === null) return null;
    const rests = running.map((trial) => {
      const { gained, left } = sharesOf(trial, stopping);
      return (left * (age(trial, now) + priorFraction * fit.forecast(trial).seconds)) / (gained + priorFraction);
    });
    return estimateDuration(queued, fit.queued, rests, workers);
  }

  #fitted({ trials, running, now }: RunStanding): Fit | null {
    const samples = this.#ended;
    if (samples === 0) {
      const done = running.reduce((sum, trial) => sum + gainedFraction(trial), 0);
      return done < leastEvidence
        ? null
        : fit(
            running.filter((trial) => gainedFraction(trial) > 0).map((trial) => soFar(trial, now)),
            trials,
            0,
          );
    }
    if (this.#fit === null || samples >= growth * this.#fit.samples) this.#fit = fit(this.#samples, trials, samples);
    return this.#fit;
  }
}

function fit(measured: readonly MeasuredTrial[], trials: readonly TrialView[], count: number): Fit {
  const waiting = trials.filter(({ state }) => state === 'queued');
  const stride = Math.max(1, Math.floor(waiting.length / mostQueued));
  const standing = waiting.filter((_, index) => index % stride === 0);
  const samples = measured.slice(-mostSamples);
  const model = fitCostModel(
    samples.map(({ cell, seconds }) => ({ setting: cell.parameters, seconds })),
    standing.map(({ cell }) => cell.parameters),
  );
  const settings = (standing.length > 0 ? standing : trials.slice(0, 1)).map(({ cell }) => cell.parameters);
  return {
    samples: count,
    forecast: ({ cell }) => model.forecast(cell.parameters),
    queued: model.forecastMean(settings),
  };
}

/** What the whole trial takes at the speed that it had so far. */
function soFar(trial: TrialView, now: number): MeasuredTrial {
  return { cell: trial.cell, seconds: Math.max(age(trial, now) / gainedFraction(trial), shortestSeconds) };
}

/** Share of the whole trial that the running attempt has done itself. */
function gainedFraction(trial: TrialView): number {
  const { progress, resumedEpoch } = trial;
  if (progress === null) return 0;
  const before = progress.epochs === null ? 0 : resumedEpoch / progress.epochs;
  return Math.max(0, doneFraction(trial) - before);
}

/** What the running attempt has done, and what is left until it ends: in a drain with its epoch, but programs finish. */
function sharesOf(trial: TrialView, stopping: StopMode | null) {
  const done = Math.min(1, doneFraction(trial));
  const epochs = trial.progress?.epochs ?? 1;
  const stops = stopping === 'drain' && trial.progress !== null && trial.environment?.engine !== programEngine;
  const goal = stops ? Math.ceil(done * epochs) / epochs : 1;
  return { gained: gainedFraction(trial), left: goal - done };
}

/** Seconds since the attempt began. */
function age({ startedAt }: TrialView, now: number): number {
  return startedAt === null ? 0 : (now - startedAt) / 1000;
}
