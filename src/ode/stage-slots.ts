/**
 * Where the stages of one step live: tensors for k_i and g_i, and activations if a pullback is to follow.
 *
 * Invariant: slots of successive steps share one stage, the end of one as the first of the next.
 */
import type { Activations, Engine, Tensor } from '../engines/engine.js';
import type { StageTensors } from '../engines/fused-steps.js';
import type { ClosedTableau } from './closed-tableau.js';
import type { VectorField } from './vector-field.js';

export interface StageSlots extends StageTensors {
  /** By stage, those before it. */
  readonly stagesBefore: readonly (readonly Tensor[])[];
}

export interface StageStorage {
  /** Keep the state g_i of every stage, as a pullback needs; otherwise only the last two survive an attempt, and none a step. */
  readonly keepStates: boolean;
  /** Keep activations of every stage as well; absent: no. */
  readonly keepActivations?: boolean;
}

export interface SlotOptions {
  readonly engine: Engine;
  readonly field: VectorField;
  readonly rows: number;
  readonly columns: number;
}

/** @param before slots of the step before, whose end stage becomes the first; null: the first is its own */
export function allocateSlots(
  { engine, field, rows, columns }: SlotOptions,
  { b, ownStages }: ClosedTableau,
  { keepStates, keepActivations }: StageStorage,
  before: StageSlots | null,
): StageSlots {
  const stages = b.map((_, i) => (i === 0 ? before?.stages.at(-1) : undefined) ?? engine.allocate(rows, columns));
  let shared: Tensor | null = null;
  const fresh = (_: number, i: number): Tensor | null => {
    if (i === 0 || i === b.length - 1) return null;
    // The stiffness estimate reads g_s and g_{s−1}: they never share their places.
    if (keepStates || i >= ownStages - 2) return engine.allocate(rows, columns);
    return (shared ??= engine.allocate(rows, columns));
  };
  const states = keepStates || before === null ? b.map(fresh) : before.states;
  const activations =
    keepActivations === true
      ? b.map((_, i) => (i === 0 ? before?.activations?.at(-1) : undefined) ?? field.createActivations(rows))
      : null;
  return slotsOf(stages, states, activations);
}

/** The same places after a step: its end stage is the first now. */
export function swapEnds({ stages, states, activations }: StageSlots): StageSlots {
  return slotsOf(swapped(stages), states, activations && swapped(activations));
}

/** The same places but the first, which is the end stage of the step before. None of them keeps activations. */
export function followSlots({ stages, states }: StageSlots, before: StageSlots): StageSlots {
  return slotsOf([before.stages[before.stages.length - 1], ...stages.slice(1)], states, null);
}

/** @param before as when they were allocated: what they share stays. */
export function freeSlots(engine: Engine, slots: StageSlots, before: StageSlots | null): void {
  const states = slots.states === before?.states ? [] : slots.states.filter((state) => state !== null);
  const stages = slots.stages.slice(before === null ? 0 : 1);
  for (const tensor of new Set([...stages, ...states])) engine.free(tensor);
  for (const activations of slots.activations?.slice(before === null ? 0 : 1) ?? []) activations.dispose();
}

function slotsOf(
  stages: readonly Tensor[],
  states: readonly (Tensor | null)[],
  activations: readonly Activations[] | null,
): StageSlots {
  return { stages, stagesBefore: stages.map((_, i) => stages.slice(0, i)), states, activations };
}

function swapped<T>(items: readonly T[]): readonly T[] {
  const last = items.length - 1;
  return items.map((item, i) => (i === 0 ? items[last] : i === last ? items[0] : item));
}
