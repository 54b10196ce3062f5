/**
 * tfjs's tensors on the tensorflow engine's native ones: both sides' handles share entries, and each deletes its own.
 */
import type { Parameters, Tensor } from '../engine.js';
import { requireSameShape } from '../shape.js';
import type { TfjsBridge } from '../tfjs/bridge.js';
import type { Tfjs, TfjsTensor } from '../tfjs/tfjs.js';
import type { Handle, TensorflowBackend } from './binding.js';
import type { Operations } from './operations.js';
import type { GradientSource, TensorflowParameters } from './parameters.js';
import type { TensorflowTensor } from './tensor.js';

/** Recognise an engine's own. @throws Error if it is not, or was freed */
interface Owned {
  readonly tensor: (tensor: Tensor) => TensorflowTensor;
  readonly parameters: (parameters: Parameters) => TensorflowParameters;
}

export class TensorflowBridge implements TfjsBridge {
  readonly backend = 'tensorflow';
  /** What a gradient is still owed, by the place it belongs to. */
  readonly #sums = new WeakMap<TensorflowParameters, Map<number, GradientSum>>();

  constructor(
    readonly tf: Tfjs,
    private readonly native: TensorflowBackend,
    private readonly operations: Operations,
    private readonly own: Owned,
  ) {}

  view(tensor: Tensor): TfjsTensor {
    return this.#lend(this.own.tensor(tensor).handle(), [tensor.rows, tensor.columns]);
  }

  assign(target: Tensor, values: TfjsTensor): void {
    const [rows, columns] = values.shape;
    requireSameShape('assign', target, { rows, columns });
    this.own.tensor(target).assign(this.operations.identity(this.#handle(values)));
  }

  viewParameters(parameters: Parameters): TfjsTensor {
    const { values, count } = this.own.parameters(parameters);
    return this.tf.tidy(() => this.tf.reshape(this.#lend(values.handle(), [1, count]), [count]));
  }

  parametersVersion(parameters: Parameters): number {
    return this.own.parameters(parameters).version;
  }

  addToGradient(parameters: Parameters, offset: number, values: TfjsTensor): void {
    const own = this.own.parameters(parameters);
    let sums = this.#sums.get(own);
    if (sums === undefined) this.#sums.set(own, (sums = new Map<number, GradientSum>()));
    let sum = sums.get(offset);
    if (sum === undefined) sums.set(offset, (sum = new GradientSum(this.operations, offset)));
    sum.add(this.#handle(values));
    own.gradient.expect(sum);
  }

  #lend(handle: Handle, shape: readonly number[]): TfjsTensor {
    return this.native.createOutputTensor({
      id: this.operations.lend(handle),
      shape,
      dtype: this.native.binding.TF_FLOAT,
    });
  }

  #handle(tensor: TfjsTensor): Handle {
    return this.native.getInputTensorIds([tensor])[0];
  }
}

/** Sums up what pullbacks add to one place of a gradient, until somebody looks at it. */
class GradientSum implements GradientSource {
  #sum: Handle | null = null;

  constructor(
    private readonly operations: Operations,
    private readonly offset: number,
  ) {}

  add(values: Handle): void {
    const { operations } = this;
    const sum = this.#sum;
    this.#sum = operations.lasting(() => (sum === null ? operations.identity(values) : operations.add(sum, values)));
    if (sum !== null) operations.release(sum);
  }

  deliver(gradient: Float32Array): void {
    if (this.#sum === null) return;
    for (const [i, value] of this.operations.download(this.#sum).entries()) gradient[this.offset + i] += value;
    this.discard();
  }

  discard(): void {
    if (this.#sum !== null) this.operations.release(this.#sum);
    this.#sum = null;
  }
}
