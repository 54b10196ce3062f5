/**
 * Where what one step computes lives: its random variables, stages and their states, and activations if a pullback is
 * to follow.
 *
 * Invariant: slots of two steps share nothing, so that steps can be kept while others are taken.
 */
import type { Activations, Engine, Tensor } from '../../engines/engine.js';
import type { LastStages } from '../stiffness.js';
import type { VectorField } from '../vector-field.js';
import type { DriftPlan, SriTableau } from './sri-tableau.js';
import { allocateVariables, freeVariables, type NoiseVariables } from './step-noise.js';

export interface SdeStepSlots {
  readonly noise: NoiseVariables;
  /** k_i and g_i; a k_i that the plan leaves out is k_1. */
  readonly drifts: readonly Tensor[];
  readonly diffusions: readonly Tensor[];
  /** By stage, those before it. */
  readonly driftsBefore: readonly (readonly Tensor[])[];
  readonly diffusionsBefore: readonly (readonly Tensor[])[];
  /** H0_i and H1_i; null for the step's start itself. */
  readonly driftStates: readonly (Tensor | null)[];
  readonly diffusionStates: readonly (Tensor | null)[];
  /** δ E1 + E2. */
  readonly error: Tensor;
  /** Null where none are kept. */
  readonly activations: SdeActivations | null;
}

/** By stage, what the evaluations keep for their pullbacks; null for a drift that the plan leaves out. */
export interface SdeActivations {
  readonly drift: readonly (Activations | null)[];
  readonly diffusion: readonly Activations[];
}

export interface SdeSlotOptions {
  readonly engine: Engine;
  readonly drift: VectorField;
  readonly diffusion: VectorField;
  readonly method: SriTableau;
  readonly rows: number;
  readonly columns: number;
}

/** @param keepActivations whether a pullback through the step is to come */
export function allocateSdeSlots(
  { engine, drift, diffusion, method, rows, columns }: SdeSlotOptions,
  plan: DriftPlan,
  keepActivations: boolean,
): SdeStepSlots {
  const take = (): Tensor => engine.allocate(rows, columns);
  const stages = [...method.c0.keys()];
  const some = (row: readonly number[]): boolean => row.some((weight) => weight !== 0);
  const evaluated = (i: number): boolean => plan.stages.includes(i);
  const first = take();
  const drifts = stages.map((i) => (i > 0 && evaluated(i) ? take() : first));
  const diffusions = stages.map(take);
  const keep = (): SdeActivations => ({
    drift: stages.map((i) => (evaluated(i) ? drift.createActivations(rows) : null)),
    diffusion: stages.map(() => diffusion.createActivations(rows)),
  });
  return {
    noise: allocateVariables(engine, method, rows, columns),
    drifts,
    diffusions,
    driftsBefore: stages.map((i) => drifts.slice(0, i)),
    diffusionsBefore: stages.map((i) => diffusions.slice(0, i)),
    driftStates: stages.map((i) => (evaluated(i) && (some(plan.A0[i]) || some(method.B0[i])) ? take() : null)),
    diffusionStates: stages.map((i) => (some(plan.A1[i]) || some(method.B1[i]) ? take() : null)),
    error: take(),
    activations: keepActivations ? keep() : null,
  };
}

/** The last two stages of the drift in a step from y. */
export function lastSdeStages({ drifts, driftStates }: SdeStepSlots, y: Tensor): LastStages {
  const last = drifts.length - 1;
  return {
    stages: [drifts[last], drifts[last - 1]],
    states: [driftStates[last] ?? y, driftStates[last - 1] ?? y],
  };
}

export function freeSdeSlots(engine: Engine, slots: SdeStepSlots): void {
  const states = [...slots.driftStates, ...slots.diffusionStates].filter((state) => state !== null);
  for (const tensor of new Set([...slots.drifts, ...slots.diffusions, ...states, slots.error])) engine.free(tensor);
  freeVariables(engine, slots.noise);
  for (const kept of slots.activations?.drift ?? []) kept?.dispose();
  for (const kept of slots.activations?.diffusion ?? []) kept.dispose();
}
