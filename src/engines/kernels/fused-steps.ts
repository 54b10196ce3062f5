/** Whole Runge–Kutta steps with a compiled chain as their field, one call of the module each. */
import type { Tensor, Tolerances } from '../engine.js';
import type {
  FusedPullback,
  FusedSteps,
  OutputsInside,
  StageTensors,
  StepBars,
  StepMethod,
  StepReverse,
} from '../fused-steps.js';
import type { KernelChain } from './chain.js';
import type { StepContext } from './dense-step.js';
import { StepProgram } from './step-program.js';

export class KernelSteps implements FusedSteps {
  readonly #program: StepProgram;
  readonly #estimates: boolean;

  constructor(
    private readonly chain: KernelChain,
    private readonly context: StepContext,
    method: StepMethod,
    rows: number,
  ) {
    this.#program = new StepProgram(chain, context, method, rows);
    this.#estimates = method.errorWeights !== null;
  }

  attempt(
    slots: StageTensors,
    t: number,
    h: number,
    y: Tensor,
    y1: Tensor,
    tolerances: Tolerances | null,
  ): number | null {
    const program = this.#program;
    program.place(slots);
    this.chain.prepareEvaluation(program.rows);
    const [from, to] = [program.addressOf(y), program.addressOf(y1)];
    if (tolerances === null || !this.#estimates) {
      this.context.calls.attemptStep(program.address, t, h, from, to, -1, 0);
      return null;
    }
    const { atol, rtol } = tolerances;
    const sum = this.context.calls.attemptStep(program.address, t, h, from, to, atol, rtol);
    return Math.sqrt(sum / program.entries);
  }

  replay(slots: StageTensors, t: number, h: number, y: Tensor, y1: Tensor, withEnd: boolean): void {
    const program = this.#program;
    program.place(slots);
    this.chain.prepareEvaluation(program.rows);
    const [from, to] = [program.addressOf(y), program.addressOf(y1)];
    this.context.calls.replayStep(program.address, t, h, from, to, withEnd ? 1 : 0);
  }

  dispose(): void {
    this.#program.dispose();
  }
}

/** How the module names the part that an end stage plays; as in `assembly/runge-kutta.ts`. */
const endStageCodes: Readonly<Record<StepReverse['endStage'], number>> = { unused: 0, shared: 1, 'at end': 2 };

export class KernelPullback implements FusedPullback {
  readonly #program: StepProgram;
  /** Where the outputs inside a step go, and for how many there is room. */
  #weights = 0;
  #bars = 0;
  #capacity = 0;

  constructor(
    private readonly chain: KernelChain,
    private readonly context: StepContext,
    method: StepMethod,
    rows: number,
    bars: StepBars,
  ) {
    const { memory } = context;
    const program = new StepProgram(chain, context, method, rows);
    this.#program = program;
    const { stateBars, stageBar, handedBack, endBar, startBar, errorBar, lastStageBar, lastStateBar } = bars;
    const single = [stageBar, handedBack, endBar, startBar, errorBar, lastStageBar, lastStateBar];
    const lists = { stateBars: program.allocate(4 * stateBars.length), bars: program.allocate(4 * single.length) };
    const addressesOf = (tensors: readonly Tensor[]): number[] => tensors.map((tensor) => program.addressOf(tensor));
    memory.words.set(addressesOf(stateBars), lists.stateBars / 4);
    memory.words.set(addressesOf(single), lists.bars / 4);
    program.link(lists);
    this.#makeRoom(8);
  }

  pullback({ slots, t, h, start, end, endStage, outputs, ofError, ofStiffness }: StepReverse): void {
    if (slots.activations === null) throw new Error('The stages of the step came without their activations.');
    const program = this.#program;
    program.place(slots);
    this.chain.preparePullback(program.rows);
    if (outputs.inside.length > 0) this.#writeOutputs(outputs);
    this.context.calls.pullStep(
      program.address,
      t,
      h,
      program.addressOf(start),
      program.addressOf(end),
      endStageCodes[endStage],
      outputs.inside.length,
      ofError ? 1 : 0,
      ofStiffness ? 1 : 0,
    );
  }

  dispose(): void {
    this.#program.dispose();
  }

  #writeOutputs({ inside, weights }: OutputsInside): void {
    const { memory } = this.context;
    if (inside.length > this.#capacity) this.#makeRoom(2 * inside.length);
    for (let m = 0; m < inside.length; m++) {
      memory.words[this.#bars / 4 + m] = this.#program.addressOf(inside[m]);
      memory.doubles.set(weights[m], this.#weights / 8 + m * this.#program.stageCount);
    }
  }

  #makeRoom(outputs: number): void {
    const program = this.#program;
    this.#capacity = outputs;
    this.#weights = program.allocate(8 * outputs * program.stageCount);
    this.#bars = program.allocate(4 * outputs);
    program.link({ outputWeights: this.#weights, outputBars: this.#bars });
    // Beside the outputs: ȳ1 or the start's, ē, one term a stage, and the stiffness estimate's.
    program.reserveTerms(outputs + program.stageCount + 3);
  }
}
