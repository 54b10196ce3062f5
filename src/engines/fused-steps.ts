/**
 * Whole Runge–Kutta steps as single operations: what a compiled chain may offer beside `evaluate` and `pullback`.
 *
 * Invariant: the same bits as the operations one by one, in the order of `ode/step.ts` and `adjoint/step-pullback.ts`,
 * which define what a step and its reverse compute.
 */
import type { Activations, Awaitable, Tensor, Tolerances } from './engine.js';

/** What fused steps need of a method in closed form (`ode/closed-tableau.ts`): its last stage is k = f(t + h, y1). */
export interface StepMethod {
  readonly c: readonly number[];
  /** Row i holds a_i0 … a_i,i−1. */
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  /** b − b̂; null: no estimate. */
  readonly errorWeights: readonly number[] | null;
  /** Stages that an attempt computes: all, or all but the last. */
  readonly ownStages: number;
}

/** Where the stages of one step live; all tensors are rows × columns of the state. */
export interface StageTensors {
  /** k_i. */
  readonly stages: readonly Tensor[];
  /** g_i; null: the state at the step's start (first stage) or end. */
  readonly states: readonly (Tensor | null)[];
  /** By stage; null where none are kept. */
  readonly activations: readonly Activations[] | null;
}

/** Whole steps; what each computes, `ode/step.ts` says, operation by operation. */
export interface FusedSteps {
  /**
   * All own stages but the first, which must be there, and y1.
   * @returns the error norm; null without tolerances or an estimate
   */
  attempt(
    slots: StageTensors,
    t: number,
    h: number,
    y: Tensor,
    y1: Tensor,
    tolerances: Tolerances | null,
  ): Awaitable<number | null>;
  /** All stages, the end stage with `withEnd` only, of a step whose ends are known. */
  replay(slots: StageTensors, t: number, h: number, y: Tensor, y1: Tensor, withEnd: boolean): void;
  dispose(): void;
}

/** Tensors between which the reverse of a step works; `adjoint/step-pullback.ts` says what each is. */
export interface StepBars {
  /** By stage. */
  readonly stateBars: readonly Tensor[];
  readonly stageBar: Tensor;
  readonly handedBack: Tensor;
  readonly endBar: Tensor;
  readonly startBar: Tensor;
  readonly errorBar: Tensor;
  readonly lastStageBar: Tensor;
  readonly lastStateBar: Tensor;
}

/** Outputs inside a step: their cotangents, and for each its weights on the stages. */
export interface OutputsInside {
  readonly inside: readonly Tensor[];
  readonly weights: readonly (readonly number[])[];
}

/** A step to be pulled back. */
export interface StepReverse {
  readonly slots: StageTensors;
  readonly t: number;
  readonly h: number;
  readonly start: Tensor;
  readonly end: Tensor;
  readonly endStage: 'shared' | 'at end' | 'unused';
  readonly outputs: OutputsInside;
  /** Whether the tensors of the error estimate, or of the stiffness estimate, hold cotangents. */
  readonly ofError: boolean;
  readonly ofStiffness: boolean;
}

/** The sweep over the stages of a step, from the last to the first. */
export interface FusedPullback {
  pullback(reverse: StepReverse): void;
  dispose(): void;
}
