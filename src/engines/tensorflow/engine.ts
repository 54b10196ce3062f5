/**
 * The engine for matrix-bound nets: TensorFlow's own products and activations on all cores, in f32.
 *
 * What a solver calls at every step runs in TensorFlow, a few large operations each. What is called once an iteration
 * (losses, optimisers) or touches single rows and columns runs on the host, by the definitions of the reference engine.
 * Known limits: f32 only; activations are up to 3 ulp off, so that error estimates below some 1e-5 of the tolerance are
 * rounding (`kernels`: 4e-6); the last bits depend on the machine, the number of threads and a row's batch mates; every
 * operation costs some 5 µs, so that small nets are faster on `kernels`. TensorFlow's matrix product lets the stack pointer
 * point into the heap: a signal that is handled on the computing thread meanwhile (a CPU profiler's, or one the process
 * listens to, if it computes on its main thread) corrupts memory. Worker threads get no such signals from the terminal;
 * ONEDNN_MAX_CPU_ISA=SSE41 in the environment avoids it, at a fraction of the speed.
 */
import { tensorflowPackage } from '#setup/tensorflow-folder';
import { requirePlace } from '../chain-layout.js';
import type {
  AdamSettings,
  BrownianArithmetic,
  ClassificationLoss,
  CompiledChain,
  Engine,
  EntryRatio,
  MomentumSettings,
  Parameters,
  ProductTerm,
  StepError,
  Tensor,
  Tolerances,
} from '../engine.js';
import { copyColumns, dot, maxRatio } from '../entries.js';
import { createKernelBrownian } from '../kernels/brownian.js';
import type { Chain } from '../layer.js';
import { tensorflowThreads } from '../share-cores.js';
import { meanSquaredError, softmaxCrossEntropy } from '../reference/losses.js';
import { adamUpdate, momentumUpdate } from '../reference/optimisers.js';
import {
  requireColumns,
  requireDimensions,
  requireDistinct,
  requireEntry,
  requireFactors,
  requireLength,
  requireRows,
  requireSameShape,
  requireShape,
} from '../shape.js';
import type { TfjsBridge } from '../tfjs/bridge.js';
import type { Handle } from './binding.js';
import { TensorflowChain } from './chain.js';
import { loadTensorflow, type LoadedTensorflow } from './load.js';
import { errorScale, pullErrorNorm, rms, scaled, weightedSum } from './norms.js';
import { Operations } from './operations.js';
import { TensorflowParameters } from './parameters.js';
import { TensorflowTensor } from './tensor.js';
import { TensorflowBridge } from './tfjs-bridge.js';

/** @throws UserError if TensorFlow is not installed or does not start here */
export async function createTensorflowEngine(): Promise<TensorflowEngine> {
  const loaded = await loadTensorflow();
  new Operations(loaded.binding).rehearse();
  return new TensorflowEngine(loaded, await createKernelBrownian());
}

export class TensorflowEngine implements Engine {
  readonly name = 'tensorflow';
  readonly dtype = 'f32';
  readonly device: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly tfjs: TfjsBridge;
  readonly #operations: Operations;

  constructor(
    { binding, tf, backend, version }: LoadedTensorflow,
    readonly brownian: BrownianArithmetic,
  ) {
    this.#operations = new Operations(binding);
    const own = { tensor: this.#own, parameters: (parameters: Parameters) => this.#ownParameters(parameters) };
    this.tfjs = new TensorflowBridge(tf, backend, this.#operations, own);
    const threads = tensorflowThreads();
    const processor = binding.isUsingGpuDevice() ? 'GPU' : `CPU, ${threads} thread${threads === 1 ? '' : 's'}`;
    this.device = `tfjs-node ${version}, ${processor}`;
    this.packages = { [tensorflowPackage]: version, libtensorflow: binding.TF_Version };
  }

  /** Native tensors that live in this thread, those of other engines included. */
  get liveHandles(): number {
    return this.#operations.liveHandles;
  }

  allocate(rows: number, columns: number): Tensor {
    requireDimensions(rows, columns);
    return new TensorflowTensor(this.#operations, rows, columns);
  }

  free(tensor: Tensor): void {
    this.#own(tensor).free();
  }

  write(target: Tensor, values: ArrayLike<number>): void {
    requireLength('write', target.rows * target.columns, values.length);
    this.#own(target).overwrite(Float32Array.from(values));
  }

  read(source: Tensor): Float64Array {
    return Float64Array.from(this.#own(source).entries());
  }

  fill(target: Tensor, value: number): void {
    this.#own(target).overwrite(new Float32Array(target.rows * target.columns).fill(value));
  }

  createParameters(initial: ArrayLike<number>): Parameters {
    const parameters = new TensorflowParameters(this.#operations, initial.length);
    parameters.write(initial);
    return parameters;
  }

  writeParameters(parameters: Parameters, values: ArrayLike<number>): void {
    const own = this.#ownParameters(parameters);
    requireLength('writeParameters', own.count, values.length);
    own.write(values);
  }

  readParameters(parameters: Parameters): Float64Array {
    return Float64Array.from(this.#ownParameters(parameters).values.entries());
  }

  compile(chain: Chain, parameters: Parameters, offset: number): CompiledChain {
    requirePlace(chain, offset, parameters.count);
    return new TensorflowChain(chain, this.#operations, this.#own, this.#ownParameters(parameters), offset);
  }

  combine(
    target: Tensor,
    base: Tensor | null,
    scale: number,
    coefficients: readonly number[],
    terms: readonly Tensor[],
  ): void {
    requireLength('combination: coefficients', terms.length, coefficients.length);
    const own = this.#own(target);
    const start = base === null ? null : this.#own(base).handle();
    if (base !== null) requireSameShape('combine: base', target, base);
    for (const term of terms) requireDistinct('combine', target, term);
    const handles = this.#handles(target, terms);
    const sum = this.#operations.within(() => weightedSum(this.#operations, start, scale, coefficients, handles));
    if (sum === null) this.fill(target, 0);
    else own.assign(sum);
  }

  multiply(target: Tensor, base: Tensor | null, scale: number, a: Tensor, b: Tensor): void {
    requireFactors(target, base, a, b);
    const operations = this.#operations;
    const start = base === null ? null : this.#own(base).handle();
    const [first, second] = [this.#own(a).handle(), this.#own(b).handle()];
    const result = operations.within(() => {
      const product = operations.scale(operations.multiply(first, second), scale);
      return start === null ? product : operations.add(start, product);
    });
    this.#own(target).assign(result);
  }

  combineProducts(target: Tensor, base: Tensor | null, products: readonly ProductTerm[]): void {
    const operations = this.#operations;
    const own = this.#own(target);
    if (base !== null) requireSameShape('combineProducts: base', target, base);
    const sources = products.map(({ factor, coefficients, terms }) => {
      requireLength('combineProducts: coefficients', terms.length, coefficients.length);
      const all = factor === null ? terms : [...terms, factor];
      for (const source of all) requireDistinct('combineProducts', target, source);
      const handles = this.#handles(target, all);
      return { coefficients, terms: handles.slice(0, terms.length), factor: handles.at(terms.length) };
    });
    const start = base === null ? [] : [this.#own(base).handle()];
    const sum = operations.within(() => {
      const summands = [...start];
      for (const { coefficients, terms, factor } of sources) {
        const part = weightedSum(operations, null, 1, coefficients, terms);
        if (part !== null) summands.push(factor === undefined ? part : operations.multiply(part, factor));
      }
      return summands.length === 0 ? null : operations.addAll(summands);
    });
    if (sum === null) this.fill(target, 0);
    else own.assign(sum);
  }

  copyRow(target: Tensor, targetRow: number, source: Tensor, sourceRow: number): void {
    requireRows(target, targetRow, source, sourceRow);
    const { columns } = source;
    const row = this.#own(source)
      .entries()
      .slice(sourceRow * columns, (sourceRow + 1) * columns);
    this.#own(target)
      .mutableEntries()
      .set(row, targetRow * columns);
  }

  copyColumns(target: Tensor, targetColumn: number, source: Tensor, sourceColumn: number, count: number): void {
    requireColumns(target, targetColumn, source, sourceColumn, count);
    const from = { entries: this.#own(source).entries(), columns: source.columns, first: sourceColumn };
    const to = { entries: this.#own(target).mutableEntries(), columns: target.columns, first: targetColumn };
    copyColumns(target.rows, to, from, count);
  }

  addEntry(target: Tensor, entry: number, value: number): void {
    requireEntry(target, entry);
    this.#own(target).mutableEntries()[entry] += value;
  }

  dot(a: Tensor, b: Tensor): number {
    requireSameShape('dot', a, b);
    return dot(this.#own(a).entries(), this.#own(b).entries());
  }

  maxRatio(a1: Tensor, a2: Tensor, b1: Tensor, b2: Tensor): EntryRatio {
    for (const other of [a2, b1, b2]) requireSameShape('maxRatio', a1, other);
    const [numerators, numeratorsLess, denominators, denominatorsLess] = [a1, a2, b1, b2].map((tensor) =>
      this.#own(tensor).entries(),
    );
    return maxRatio(numerators, numeratorsLess, denominators, denominatorsLess);
  }

  errorNorm(step: StepError): number {
    const { y0, y1, stages } = this.#stepHandles(step);
    const operations = this.#operations;
    return operations.within(() => {
      const e = weightedSum(operations, null, step.h, step.weights, stages);
      if (e === null) return 0;
      const size = operations.maximum(operations.absolute(y0), operations.absolute(y1));
      return rms(operations, scaled(operations, e, errorScale(operations, size, step), step), entryCount(step.y0));
    });
  }

  errorNormPullback(
    step: StepError,
    error: number,
    errorBar: number,
    eBar: Tensor,
    y0Bar: Tensor,
    y1Bar: Tensor,
  ): void {
    for (const bar of [eBar, y0Bar, y1Bar]) requireSameShape('errorNormPullback: cotangent', step.y0, bar);
    const { y0, y1, stages } = this.#stepHandles(step);
    if (error === 0) {
      this.fill(eBar, 0);
      return;
    }
    const operations = this.#operations;
    const [e, first, second] = operations.within(() => {
      const local = weightedSum(operations, null, step.h, step.weights, stages);
      if (local === null) throw new Error('errorNormPullback: an error other than 0 without a stage that makes it.');
      return pullErrorNorm(operations, local, y0, y1, step, errorBar / (entryCount(step.y0) * error));
    });
    this.#own(eBar).assign(e);
    this.#addTo(y0Bar, first);
    this.#addTo(y1Bar, second);
  }

  scaledRms(a: Tensor, b: Tensor | null, y: Tensor, tolerances: Tolerances): number {
    requireSameShape('scaledRms: y', a, y);
    if (b !== null) requireSameShape('scaledRms: b', a, b);
    const operations = this.#operations;
    const [first, size] = [this.#own(a).handle(), this.#own(y).handle()];
    const second = b === null ? null : this.#own(b).handle();
    return operations.within(() => {
      const difference = second === null ? first : operations.subtract(first, second);
      const scale = errorScale(operations, operations.absolute(size), tolerances);
      return rms(operations, scaled(operations, difference, scale, tolerances), entryCount(a));
    });
  }

  rmsDifference(a: Tensor, b: Tensor): number {
    requireSameShape('rmsDifference', a, b);
    const [first, second] = [this.#own(a).handle(), this.#own(b).handle()];
    const operations = this.#operations;
    return operations.within(() => rms(operations, operations.subtract(first, second), entryCount(a)));
  }

  softmaxCrossEntropy(logits: Tensor, labels: Tensor, logitsBar: Tensor | null): ClassificationLoss {
    requireShape('softmaxCrossEntropy: labels', logits.rows, 1, labels);
    if (logitsBar !== null) requireSameShape('softmaxCrossEntropy: logitsBar', logits, logitsBar);
    const bar = logitsBar === null ? null : new Float64Array(entryCount(logits));
    const result = softmaxCrossEntropy(logits.columns, this.read(logits), this.read(labels), bar);
    if (logitsBar !== null && bar !== null) this.write(logitsBar, bar);
    return result;
  }

  meanSquaredError(
    outputs: readonly Tensor[],
    targets: readonly Tensor[],
    outputBars: readonly Tensor[] | null,
  ): number {
    requireLength('meanSquaredError: targets', outputs.length, targets.length);
    requireLength('meanSquaredError: outputBars', outputs.length, outputBars?.length ?? outputs.length);
    for (const [pair, output] of outputs.entries()) {
      requireSameShape('meanSquaredError: target', output, targets[pair]);
      if (outputBars !== null) requireSameShape('meanSquaredError: outputBar', output, outputBars[pair]);
    }
    const values = (tensor: Tensor): Float64Array => this.read(tensor);
    const bars = outputBars?.map((bar) => new Float64Array(entryCount(bar))) ?? null;
    const result = meanSquaredError(outputs.map(values), targets.map(values), bars);
    bars?.forEach((bar, pair) => outputBars !== null && this.write(outputBars[pair], bar));
    return result;
  }

  adamUpdate(parameters: Parameters, m: Tensor, v: Tensor, settings: AdamSettings): void {
    const own = this.#ownParameters(parameters);
    requireShape('adamUpdate: m', 1, own.count, m);
    requireShape('adamUpdate: v', 1, own.count, v);
    const [first, second] = [this.#own(m).mutableEntries(), this.#own(v).mutableEntries()];
    adamUpdate(own.change(), own.gradient.entries(), first, second, settings);
  }

  momentumUpdate(parameters: Parameters, velocity: Tensor, settings: MomentumSettings): void {
    const own = this.#ownParameters(parameters);
    requireShape('momentumUpdate: velocity', 1, own.count, velocity);
    momentumUpdate(own.change(), own.gradient.entries(), this.#own(velocity).mutableEntries(), settings);
  }

  dispose(): void {
    this.#operations.dispose();
  }

  /** @throws Error if it was freed or is another engine's */
  readonly #own = (tensor: Tensor): TensorflowTensor => {
    if (!(tensor instanceof TensorflowTensor) || tensor.operations !== this.#operations || !tensor.live) {
      throw new Error('The tensor was freed or belongs to another engine.');
    }
    return tensor;
  };

  #ownParameters(parameters: Parameters): TensorflowParameters {
    if (
      !(parameters instanceof TensorflowParameters) ||
      parameters.operations !== this.#operations ||
      !parameters.live
    ) {
      throw new Error('The parameters were disposed or belong to another engine.');
    }
    return parameters;
  }

  #handles(like: Tensor, tensors: readonly Tensor[]): readonly Handle[] {
    return tensors.map((tensor) => {
      requireSameShape('combination: term', like, tensor);
      return this.#own(tensor).handle();
    });
  }

  #stepHandles({ y0, y1, weights, stages }: StepError): {
    readonly y0: Handle;
    readonly y1: Handle;
    readonly stages: readonly Handle[];
  } {
    requireLength('errorNorm: stages', weights.length, stages.length);
    requireSameShape('errorNorm: y1', y0, y1);
    return { y0: this.#own(y0).handle(), y1: this.#own(y1).handle(), stages: this.#handles(y0, stages) };
  }

  /** target += addend; takes the addend over. */
  #addTo(target: Tensor, addend: Handle): void {
    const own = this.#own(target);
    const sum = this.#operations.add(own.handle(), addend);
    this.#operations.release(addend);
    own.assign(sum);
  }
}

function entryCount({ rows, columns }: Tensor): number {
  return rows * columns;
}
