/**
 * The default engine: WebAssembly SIMD kernels of our own, in f32 or f64, one thread.
 *
 * Invariant: the same calls give the same bits on every machine. Kernels use no operation whose rounding is left
 * open, and the host only does what IEEE 754 rounds exactly (+ − × ÷ √) on the scalars that it passes.
 * Known limits: 128-bit vectors without fused multiply–add; 4 GiB of memory.
 */
import type {
  AdamSettings,
  ClassificationLoss,
  CompiledChain,
  Dtype,
  Engine,
  EntryRatio,
  MomentumSettings,
  Parameters,
  StepError,
  Tensor,
  Tolerances,
} from '../engine.js';
import type { Chain } from '../layer.js';
import { requirePlace } from '../chain-layout.js';
import { copyColumns, dot, maxRatio, multiplyRows } from '../entries.js';
import {
  requireColumns,
  requireDimensions,
  requireEntry,
  requireFactors,
  requireLength,
  requireRows,
  requireSameShape,
  requireShape,
} from '../shape.js';
import { loadKernels, type KernelCalls, type KernelModule } from './calls.js';
import { KernelChain } from './chain.js';
import { KernelMemory } from './memory.js';
import { KernelParameters } from './parameters.js';
import { TensorPool } from './tensor.js';
import { TermList } from './terms.js';
import { Workspace, type Scratch } from './workspace.js';

/** @throws UserError if the kernels were not built or cannot run here */
export async function createKernelsEngine({ dtype }: { readonly dtype: Dtype }): Promise<KernelsEngine> {
  return new KernelsEngine(await loadKernels(dtype), dtype);
}

export class KernelsEngine implements Engine {
  readonly name = 'kernels';
  readonly device = 'WebAssembly SIMD, 1 thread';
  readonly #calls: KernelCalls;
  readonly #memory: KernelMemory;
  readonly #pool: TensorPool;
  readonly #workspace: Workspace;
  readonly #terms: TermList;
  readonly #exponentials: Scratch;
  /** Where the cross entropy tells how many rows are correct. */
  readonly #result: number;

  constructor(
    module: KernelModule,
    readonly dtype: Dtype,
  ) {
    this.#calls = module.calls;
    this.#memory = new KernelMemory(module.memory, module.heapBase, dtype);
    this.#pool = new TensorPool(this.#memory);
    this.#workspace = new Workspace(this.#memory);
    this.#exponentials = this.#workspace.slot('exponentials');
    this.#terms = new TermList(this.#memory, this.#pool);
    this.#result = this.#memory.allocate(4);
  }

  /** Size of the kernels' memory. */
  get memoryBytes(): number {
    return this.#memory.totalBytes;
  }

  allocate(rows: number, columns: number): Tensor {
    requireDimensions(rows, columns);
    return this.#pool.allocate(rows, columns);
  }

  free(tensor: Tensor): void {
    this.#pool.free(tensor);
  }

  write(target: Tensor, values: ArrayLike<number>): void {
    requireLength('write', target.rows * target.columns, values.length);
    this.#pool.view(target).set(values);
  }

  read(source: Tensor): Float64Array {
    return new Float64Array(this.#pool.view(source));
  }

  fill(target: Tensor, value: number): void {
    this.#pool.view(target).fill(value);
  }

  createParameters(initial: ArrayLike<number>): Parameters {
    const parameters = new KernelParameters(this.#pool, initial.length);
    this.write(parameters.values, initial);
    return parameters;
  }

  writeParameters(parameters: Parameters, values: ArrayLike<number>): void {
    const own = this.#own(parameters);
    this.write(own.values, values);
    own.version++;
  }

  readParameters(parameters: Parameters): Float64Array {
    return this.read(this.#own(parameters).values);
  }

  compile(chain: Chain, parameters: Parameters, offset: number): CompiledChain {
    requirePlace(chain, offset, parameters.count);
    const context = { calls: this.#calls, memory: this.#memory, pool: this.#pool, workspace: this.#workspace };
    return new KernelChain(chain, context, this.#own(parameters), offset);
  }

  combine(
    target: Tensor,
    base: Tensor | null,
    scale: number,
    coefficients: readonly number[],
    terms: readonly Tensor[],
  ): void {
    if (base !== null) requireSameShape('combine: base', target, base);
    const count = this.#terms.listRounded(target, scale, coefficients, terms);
    const { factors, addresses } = this.#terms;
    const bytes = this.#vectorBytes(target);
    const to = this.#pool.address(target);
    this.#calls.combine(to, this.#pool.addressOrNone(base), count, factors, addresses, bytes);
  }

  multiply(target: Tensor, base: Tensor | null, scale: number, a: Tensor, b: Tensor): void {
    requireFactors(target, base, a, b);
    const pool = this.#pool;
    if (b.columns === a.columns) {
      const bytes = this.#vectorBytes(target);
      const to = pool.address(target);
      this.#calls.multiply(to, pool.addressOrNone(base), scale, pool.address(a), pool.address(b), bytes);
    } else {
      const start = base === null ? null : pool.view(base);
      multiplyRows(pool.view(target), start, scale, pool.view(a), pool.view(b), a.columns);
    }
  }

  copyRow(target: Tensor, targetRow: number, source: Tensor, sourceRow: number): void {
    requireRows(target, targetRow, source, sourceRow);
    const { columns } = source;
    const row = this.#pool.view(source).subarray(sourceRow * columns, (sourceRow + 1) * columns);
    this.#pool.view(target).set(row, targetRow * columns);
  }

  copyColumns(target: Tensor, targetColumn: number, source: Tensor, sourceColumn: number, count: number): void {
    requireColumns(target, targetColumn, source, sourceColumn, count);
    const to = { entries: this.#pool.view(target), columns: target.columns, first: targetColumn };
    const from = { entries: this.#pool.view(source), columns: source.columns, first: sourceColumn };
    copyColumns(target.rows, to, from, count);
  }

  addEntry(target: Tensor, entry: number, value: number): void {
    requireEntry(target, entry);
    this.#pool.view(target)[entry] += value;
  }

  dot(a: Tensor, b: Tensor): number {
    requireSameShape('dot', a, b);
    return dot(this.#pool.view(a), this.#pool.view(b));
  }

  maxRatio(a1: Tensor, a2: Tensor, b1: Tensor, b2: Tensor): EntryRatio {
    for (const other of [a2, b1, b2]) requireSameShape('maxRatio', a1, other);
    const pool = this.#pool;
    return maxRatio(pool.view(a1), pool.view(a2), pool.view(b1), pool.view(b2));
  }

  errorNorm(step: StepError): number {
    requireSameShape('errorNorm: y1', step.y0, step.y1);
    const entries = step.y0.rows * step.y0.columns;
    const count = this.#terms.listDoubles(step.y0, step.h, step.weights, step.stages);
    const { factors, addresses } = this.#terms;
    const y0 = this.#pool.address(step.y0);
    const y1 = this.#pool.address(step.y1);
    const sum = this.#calls.errorSquares(y0, y1, entries, count, factors, addresses, step.atol, step.rtol);
    return Math.sqrt(sum / entries);
  }

  errorNormPullback(
    step: StepError,
    error: number,
    errorBar: number,
    eBar: Tensor,
    y0Bar: Tensor,
    y1Bar: Tensor,
  ): void {
    requireSameShape('errorNormPullback: y1', step.y0, step.y1);
    requireSameShape('errorNormPullback: eBar', step.y0, eBar);
    requireSameShape('errorNormPullback: y0Bar', step.y0, y0Bar);
    requireSameShape('errorNormPullback: y1Bar', step.y0, y1Bar);
    if (error === 0) {
      this.fill(eBar, 0);
      return;
    }
    const entries = step.y0.rows * step.y0.columns;
    const count = this.#terms.listDoubles(step.y0, step.h, step.weights, step.stages);
    this.#calls.pullErrorNorm(
      this.#pool.address(step.y0),
      this.#pool.address(step.y1),
      entries,
      count,
      this.#terms.factors,
      this.#terms.addresses,
      step.atol,
      step.rtol,
      errorBar / (entries * error),
      this.#pool.address(eBar),
      this.#pool.address(y0Bar),
      this.#pool.address(y1Bar),
    );
  }

  scaledRms(a: Tensor, b: Tensor | null, y: Tensor, { atol, rtol }: Tolerances): number {
    requireSameShape('scaledRms: y', a, y);
    if (b !== null) requireSameShape('scaledRms: b', a, b);
    const entries = a.rows * a.columns;
    const sum = this.#calls.scaledSquares(
      this.#pool.address(a),
      this.#pool.addressOrNone(b),
      this.#pool.address(y),
      entries,
      atol,
      rtol,
    );
    return Math.sqrt(sum / entries);
  }

  rmsDifference(a: Tensor, b: Tensor): number {
    requireSameShape('rmsDifference', a, b);
    const entries = a.rows * a.columns;
    const sum = this.#calls.differenceSquares(this.#pool.address(a), this.#pool.address(b), entries, 0, 0);
    return Math.sqrt(sum / entries);
  }

  softmaxCrossEntropy(logits: Tensor, labels: Tensor, logitsBar: Tensor | null): ClassificationLoss {
    const { rows, columns } = logits;
    requireShape('softmaxCrossEntropy: labels', rows, 1, labels);
    if (logitsBar !== null) requireSameShape('softmaxCrossEntropy: logitsBar', logits, logitsBar);
    const scratch = this.#exponentials.reserve(columns * 8);
    const z = this.#pool.address(logits);
    const bar = this.#pool.addressOrNone(logitsBar);
    const sum = this.#calls.crossEntropy(z, this.#pool.address(labels), rows, columns, bar, scratch, this.#result);
    const correct = this.#memory.words[this.#result / 4] | 0;
    if (correct < 0) {
      const row = -1 - correct;
      const label = this.read(labels)[row];
      throw new Error(`softmaxCrossEntropy: the label of row ${row} is ${label}, not one of ${columns} classes.`);
    }
    return { loss: sum / rows, correct };
  }

  meanSquaredError(
    outputs: readonly Tensor[],
    targets: readonly Tensor[],
    outputBars: readonly Tensor[] | null,
  ): number {
    requireLength('meanSquaredError: targets', outputs.length, targets.length);
    requireLength('meanSquaredError: outputBars', outputs.length, outputBars?.length ?? outputs.length);
    const entries = outputs.reduce((count, output) => count + output.rows * output.columns, 0);
    let sum = 0;
    for (const [pair, output] of outputs.entries()) {
      const bar = outputBars === null ? null : outputBars[pair];
      requireSameShape('meanSquaredError: target', output, targets[pair]);
      if (bar !== null) requireSameShape('meanSquaredError: outputBar', output, bar);
      sum += this.#calls.differenceSquares(
        this.#pool.address(output),
        this.#pool.address(targets[pair]),
        output.rows * output.columns,
        2 / entries,
        this.#pool.addressOrNone(bar),
      );
    }
    return sum / entries;
  }

  adamUpdate(parameters: Parameters, m: Tensor, v: Tensor, settings: AdamSettings): void {
    const own = this.#own(parameters);
    requireShape('adamUpdate: m', 1, own.count, m);
    requireShape('adamUpdate: v', 1, own.count, v);
    const { learningRate, beta1, beta2, epsilon, iteration } = settings;
    this.#calls.adam(
      this.#pool.address(own.values),
      this.#pool.address(own.gradient),
      this.#pool.address(m),
      this.#pool.address(v),
      own.count,
      beta1,
      beta2,
      learningRate / (1 - integerPower(beta1, iteration)),
      1 / Math.sqrt(1 - integerPower(beta2, iteration)),
      epsilon,
    );
    own.version++;
  }

  momentumUpdate(parameters: Parameters, velocity: Tensor, { learningRate, momentum }: MomentumSettings): void {
    const own = this.#own(parameters);
    requireShape('momentumUpdate: velocity', 1, own.count, velocity);
    this.#calls.momentum(
      this.#pool.address(own.values),
      this.#pool.address(own.gradient),
      this.#pool.address(velocity),
      own.count,
      learningRate,
      momentum,
    );
    own.version++;
  }

  dispose(): void {
    // The module and its memory are garbage once the engine is.
  }

  /** Of the tensor's entries, in whole vectors. */
  #vectorBytes({ rows, columns }: Tensor): number {
    return Math.ceil((rows * columns * this.#memory.entryBytes) / 16) * 16;
  }

  #own(parameters: Parameters): KernelParameters {
    if (!(parameters instanceof KernelParameters) || parameters.pool !== this.#pool || !parameters.live) {
      throw new Error('The parameters were disposed or belong to another engine.');
    }
    return parameters;
  }
}

/** base^exponent by squaring: multiplications only, so that every machine rounds alike. */
function integerPower(base: number, exponent: number): number {
  let product = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) product *= square;
    square *= square;
  }
  return product;
}
