/**
 * At most c states at a time: the forward pass thins them out as it goes, the reverse pass computes the others again.
 *
 * The orders are those of `online-snapshots.ts` and `binomial-schedule.ts`. States are recomputed by the same
 * operations in the same order as the solver's, so they are the same bits. Beside the c states three tensors hold the
 * ends of the step at hand and the state on its way there, and a stepper the stages of a recomputed step.
 */
import type { Engine, Tensor } from '../engines/engine.js';
import type { Grid } from '../ode/grid.js';
import type { StepKeeper } from '../ode/step-keeper.js';
import { Stepper, type StepperOptions } from '../ode/step.js';
import { binomialSchedule, type ScheduleAction } from './binomial-schedule.js';
import { OnlineSnapshots } from './online-snapshots.js';
import type { StateSource } from './step-source.js';

export class FewStates implements StateSource, StepKeeper {
  readonly #engine: Engine;
  readonly #stepper: Stepper;
  readonly #budget: number;
  #snapshots: OnlineSnapshots;
  /** Kept states by number: tensors of the solver, and own ones. */
  readonly #kept = new Map<number, Tensor>();
  /** Tensors of states that are kept no longer; the solver's go back to it with the next solve. */
  #free: Tensor[] = [];
  readonly #own: Tensor[] = [];
  /** Of the latest solve. */
  #accepted = 0;
  /** Its end; null: none, or reversed already. */
  #y1: Tensor | null = null;
  #schedule: Iterator<ScheduleAction, void> | null = null;
  #grid: Grid = { steps: [], outputs: [] };
  /** States at the ends of the step at hand, and room for the one after. */
  #start: Tensor;
  #end: Tensor;
  #next: Tensor;
  #evaluations = 0;
  #peak = 0;

  /** @param budget c, at least 1 */
  constructor(options: StepperOptions, budget: number) {
    const { engine, rows, columns } = options;
    this.#engine = engine;
    this.#budget = budget;
    this.#snapshots = new OnlineSnapshots(budget);
    this.#stepper = new Stepper(options, { keepStates: false });
    this.#start = engine.allocate(rows, columns);
    this.#end = engine.allocate(rows, columns);
    this.#next = engine.allocate(rows, columns);
  }

  get evaluations(): number {
    return this.#evaluations;
  }

  get heldStates(): number {
    return this.#peak;
  }

  beginSolve(): void {
    this.#snapshots = new OnlineSnapshots(this.#budget);
    this.#kept.clear();
    this.#free = [...this.#own];
    this.#accepted = 0;
    this.#y1 = null;
    this.#peak = 0;
  }

  slots(): null {
    return null;
  }

  keep(start: Tensor, end: Tensor): Tensor | null {
    const at = this.#accepted;
    this.#accepted += 1;
    this.#y1 = end;
    const dropped = this.#snapshots.add(at);
    if (dropped === at) return start;
    const surplus = dropped === null ? null : this.#take(dropped);
    this.#put(at, start);
    return surplus;
  }

  /** @throws Error if these are not the steps that were kept, or were reversed before */
  begin(grid: Grid): void {
    const steps = grid.steps.length;
    this.#grid = grid;
    this.#evaluations = 0;
    this.#schedule = null;
    if (steps === 0) return;
    if (steps !== this.#accepted || this.#y1 === null) {
      throw new Error(
        'Few states serve one pullback of the latest solve: these steps are of another, or were reversed.',
      );
    }
    this.#engine.combine(this.#end, this.#y1, 1, [], []);
    this.#y1 = null;
    this.#schedule = binomialSchedule({ steps, budget: this.#budget, held: this.#snapshots.held });
  }

  ends(step: number): { readonly start: Tensor; readonly end: Tensor } {
    if (step < this.#grid.steps.length - 1) [this.#start, this.#end] = [this.#end, this.#start];
    for (;;) {
      const action = this.#schedule?.next().value ?? null;
      if (action === null) throw new Error(`The schedule ended before step ${step}.`);
      if (action.kind !== 'reverse') this.#follow(action);
      else if (action.step === step) return { start: this.#start, end: this.#end };
      else throw new Error(`Step ${step} is out of order: the schedule is at ${action.step}.`);
    }
  }

  dispose(): void {
    this.#stepper.dispose();
    for (const tensor of [...this.#own, this.#start, this.#end, this.#next]) this.#engine.free(tensor);
  }

  #follow(action: Exclude<ScheduleAction, { readonly kind: 'reverse' }>): void {
    switch (action.kind) {
      case 'advance':
        this.#advance(action.from, action.to);
        break;
      case 'store': {
        const tensor = this.#free.pop() ?? this.#allocate();
        this.#engine.combine(tensor, this.#start, 1, [], []);
        this.#put(action.at, tensor);
        break;
      }
      case 'restore':
        this.#engine.combine(this.#start, this.#kept.get(action.at) ?? this.#missing(action.at), 1, [], []);
        break;
      case 'discard':
        this.#free.push(this.#take(action.at));
        break;
    }
  }

  /** As the solver did, without the estimates. */
  #advance(from: number, to: number): void {
    const stepper = this.#stepper;
    for (let j = from; j < to; j += 1) {
      const { t, h } = this.#grid.steps[j];
      if (j > from && stepper.firstSameAsLast) stepper.advance();
      else {
        stepper.evaluateFirst(t, this.#start);
        this.#evaluations += 1;
      }
      void stepper.attempt(t, h, this.#start, this.#next, null);
      this.#evaluations += stepper.evaluationsPerAttempt;
      [this.#start, this.#next] = [this.#next, this.#start];
    }
  }

  #put(at: number, tensor: Tensor): void {
    this.#kept.set(at, tensor);
    this.#peak = Math.max(this.#peak, this.#kept.size);
  }

  #take(at: number): Tensor {
    const tensor = this.#kept.get(at) ?? this.#missing(at);
    this.#kept.delete(at);
    return tensor;
  }

  #allocate(): Tensor {
    const { rows, columns } = this.#start;
    const tensor = this.#engine.allocate(rows, columns);
    this.#own.push(tensor);
    return tensor;
  }

  #missing(at: number): never {
    throw new Error(`The state at step ${at} is not kept.`);
  }
}
