/**
 * What an engine with a tfjs backend on its device offers so that functions written in tfjs can run on its tensors: the
 * same entries seen from both sides, without a trip over the host.
 *
 * Invariants every implementation keeps:
 * - A tfjs tensor given out is its taker's to dispose (or `tidy`'s, where it was made); the engine's own stays.
 * - Entries do not change under a tfjs tensor: what the engine writes later goes elsewhere.
 * - `assign` and `addToGradient` leave the tfjs tensor to whoever has it; it may be disposed at once.
 */
import type { Parameters, Tensor } from '../engine.js';
import type { Tfjs, TfjsTensor } from './tfjs.js';

export interface TfjsBridge {
  readonly tf: Tfjs;
  /** The tfjs backend that shares the engine's device. Several may live in one thread: see `useBackend`. */
  readonly backend: string;
  /** Of shape [rows, columns]. */
  view(tensor: Tensor): TfjsTensor;
  /** The target's entries are overwritten with those of a float32 tensor of its shape. */
  assign(target: Tensor, values: TfjsTensor): void;
  /** The parameters' present values, of shape [count]. */
  viewParameters(parameters: Parameters): TfjsTensor;
  /** Another number after every change of the values. */
  parametersVersion(parameters: Parameters): number;
  /** Adds a float32 vector to the entries of the gradient from `offset` on. */
  addToGradient(parameters: Parameters, offset: number, values: TfjsTensor): void;
}

/** Makes tfjs compute where the engine does: all copies of tfjs in a thread share one choice of backend. */
export function useBackend({ tf, backend }: TfjsBridge): void {
  if (tf.getBackend() !== backend) void tf.setBackend(backend);
}
