/**
 * What a stage of a training solve costs on an engine, predicted from the shape of the work.
 *
 * A stage is a field evaluation with its pullback and its share of combinations and norms, both ways. Its time is
 * modelled as a sum of three parts: every call costs something, every multiplication and addition of a product, and
 * every entry that is written. The figures were measured, one thread each, by `bench/engine-costs.ts`: what counts is the
 * ratio between the engines, which differs less between machines than the times do.
 */
import type { Chain } from '../layer.js';
import { fuseLayers } from '../fused-layers.js';

export interface CostModel {
  /** Seconds a fused layer or combination, whatever its size. */
  readonly call: number;
  /** Seconds a floating-point operation of a matrix product. */
  readonly operation: number;
  /** Seconds an entry of a layer's output or of the state. */
  readonly entry: number;
}

export interface Work {
  /** dy/dt = field(t, y). */
  readonly field: Chain;
  /** Batch size. */
  readonly rows: number;
}

/** How often each part of the model occurs in a stage. */
export interface Counts {
  readonly calls: number;
  readonly operations: number;
  readonly entries: number;
}

export function countStage({ field, rows }: Work): Counts {
  let calls = 1;
  let operations = 0;
  let entries = field.outputs;
  for (const piece of fuseLayers(field, 0)) {
    calls += 1;
    if (piece.kind !== 'dense') {
      entries += piece.width;
      continue;
    }
    // Forward, towards the input, towards the weights: a product each.
    operations += 3 * 2 * piece.inputs * piece.outputs;
    entries += piece.outputs;
  }
  return { calls, operations: rows * operations, entries: rows * entries };
}

/** Seconds a stage. @param threads that share the work of products and entries */
export function stageSeconds(model: CostModel, work: Work, threads: number): number {
  const { calls, operations, entries } = countStage(work);
  return calls * model.call + (operations * model.operation + entries * model.entry) / threads;
}
