/**
 * What this engine uses of @tensorflow/tfjs-node, in types of our own: the package is optional, so that its types need
 * not be there when this is compiled.
 *
 * Below tfjs's tensors lies its native binding, which runs TensorFlow's operations by name on handles. The engine calls
 * it directly: tfjs knows neither doubles nor `TanhGrad`, and its book-keeping would double the cost of a small call.
 */

import type { Tfjs, TfjsTensor } from '../tfjs/tfjs.js';

/** A native tensor; it lives until `deleteTensor`. */
export type Handle = number & { readonly brand: 'tensorflow handle' };

export interface OperationAttribute {
  readonly name: string;
  /** One of the binding's `TF_ATTR_…`. */
  readonly type: number;
  readonly value: number | boolean;
}

export interface Binding {
  /** Of the library below tfjs-node. */
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_BOOL: number;
  /** The tensor shares the array's memory from now on. */
  createTensor(shape: readonly number[], dtype: number, values: Float32Array): Handle;
  deleteTensor(handle: Handle): void;
  /** A new array of the tensor's entries: Float32Array or Int32Array, by its dtype. */
  tensorDataSync(handle: Handle): Float32Array | Int32Array;
  executeOp(
    name: string,
    attributes: readonly OperationAttribute[],
    inputs: readonly Handle[],
    outputs: number,
  ): readonly { readonly id: Handle }[];
  isUsingGpuDevice(): boolean;
  /** Handles that were made and not deleted. */
  getNumOfTensors(): number;
}

/** The package, as far as the door looks at it. */
export interface TensorflowPackage extends Tfjs {
  readonly version: Readonly<Record<string, string>>;
  /** Of the backend that was set, whichever it is. */
  backend(): TensorflowBackend | object;
}

/** tfjs's backend on the binding, as far as its tensors are to share handles with the engine's. */
export interface TensorflowBackend {
  readonly binding: Binding;
  /** The tensor owns the handle from now on. */
  createOutputTensor(made: {
    readonly id: Handle;
    readonly shape: readonly number[];
    readonly dtype: number;
  }): TfjsTensor;
  /** The handles stay the tensors'. */
  getInputTensorIds(tensors: readonly TfjsTensor[]): readonly Handle[];
}
