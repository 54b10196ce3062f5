/**
 * The engine for GPUs: WebGPU on Dawn (Vulkan, Metal, Direct3D 12) with programs of our own, in f32.
 *
 * An operation of the solver is one or two calls on the device; nothing waits for it but what returns a number, and an
 * attempted step submits once and waits once, for its error norm.
 * Invariants: one device, one thread; all tensors lie in one buffer, so that memory is taken without the device and no call
 * makes an object on it but commands; entries are computed in f32, sums over them in more (`programs/sums.ts`).
 * Known limits: f32 only; all tensors together fit in one buffer (`maxStorageBufferBindingSize`: 1 to 4 GiB); the last bits
 * depend on the device. Where `sweep doctor` shows a software GPU, `kernels` is faster.
 */
import { requirePlace } from '../chain-layout.js';
import { undisturbed, type DeviceHold } from '../device-hold.js';
import type {
  AdamSettings,
  BrownianArithmetic,
  Awaitable,
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
import { createKernelBrownian } from '../kernels/brownian.js';
import type { Chain } from '../layer.js';
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
import { Blocks } from './blocks.js';
import { WebgpuChain } from './chain.js';
import { combineInto, listsOf } from './combination.js';
import { Commands } from './commands.js';
import { openGpu, type Gpu } from './gpu.js';
import { Losses } from './losses.js';
import { WebgpuParameters } from './parameters.js';
import { groupsFor } from './program.js';
import { adam, addEntry, copyBlock, fill, momentum, multiply } from './programs/entrywise.js';
import { Reductions } from './reductions.js';
import { entryCount, TensorPool } from './tensor.js';
import { WebgpuBridge } from './tfjs-bridge.js';
import { openTfjs } from './tfjs-device.js';
import { Workspace } from './workspace.js';

/** @throws UserError if the package webgpu is not installed or finds no GPU */
export async function createWebgpuEngine(hold: DeviceHold = undisturbed): Promise<WebgpuEngine> {
  const brownian = await createKernelBrownian();
  return new WebgpuEngine(await openGpu(hold), brownian);
}

export class WebgpuEngine implements Engine {
  readonly name = 'webgpu';
  readonly dtype = 'f32';
  readonly device: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly #commands: Commands;
  readonly #blocks: Blocks;
  readonly #tensors: TensorPool;
  readonly #workspace: Workspace;
  readonly #losses: Losses;
  readonly #reductions: Reductions;
  #tfjs: WebgpuBridge | null = null;

  constructor(
    readonly gpu: Gpu,
    readonly brownian: BrownianArithmetic,
  ) {
    this.device = gpu.description;
    this.packages = { webgpu: gpu.packageVersion };
    this.#commands = new Commands(gpu);
    this.#blocks = new Blocks((end) => this.#commands.grow(end));
    this.#tensors = new TensorPool(this.#blocks);
    this.#workspace = new Workspace(this.#blocks);
    this.#losses = new Losses(this.#commands, this.#workspace, this.#tensors.start);
    this.#reductions = new Reductions(this.#commands, this.#workspace, this.#tensors.start);
  }

  /** tfjs is loaded when somebody asks for this. @throws UserError if it is not installed or does not load */
  get tfjs(): WebgpuBridge {
    if (this.#tfjs !== null) return this.#tfjs;
    const [commands, workspace, start] = [this.#commands, this.#workspace, this.#start];
    const ownParameters = (parameters: Parameters): WebgpuParameters => this.#ownParameters(parameters);
    return (this.#tfjs = new WebgpuBridge(openTfjs(this.gpu), { commands, workspace, start, ownParameters }));
  }

  /** Buffers on the device. */
  get bufferCount(): number {
    return this.#commands.bufferCount;
  }

  /** Bytes of the device's memory that tensors and the like take up. */
  get memoryBytes(): number {
    return this.#blocks.takenWords * 4;
  }

  allocate(rows: number, columns: number): Tensor {
    requireDimensions(rows, columns);
    const tensor = this.#tensors.allocate(rows, columns);
    this.fill(tensor, 0);
    return tensor;
  }

  free(tensor: Tensor): void {
    this.#tensors.free(tensor);
  }

  write(target: Tensor, values: ArrayLike<number>): void {
    requireLength('write', entryCount(target), values.length);
    this.#commands.write(this.#start(target), Float32Array.from(values));
  }

  read(source: Tensor): Promise<Float64Array> {
    return this.#commands.read(this.#start(source), entryCount(source), (values) => Float64Array.from(values));
  }

  fill(target: Tensor, value: number): void {
    const count = entryCount(target);
    this.#commands.call(fill, { to: this.#start(target), value, count }, [groupsFor(count)]);
  }

  createParameters(initial: ArrayLike<number>): Parameters {
    const parameters = new WebgpuParameters(this.#tensors, initial.length);
    this.fill(parameters.gradient, 0);
    this.write(parameters.values, initial);
    return parameters;
  }

  writeParameters(parameters: Parameters, values: ArrayLike<number>): void {
    const own = this.#ownParameters(parameters);
    requireLength('writeParameters', own.count, values.length);
    this.write(own.values, values);
    own.version++;
  }

  readParameters(parameters: Parameters): Promise<Float64Array> {
    return this.read(this.#ownParameters(parameters).values);
  }

  compile(chain: Chain, parameters: Parameters, offset: number): CompiledChain {
    requirePlace(chain, offset, parameters.count);
    const host = {
      blocks: this.#blocks,
      commands: this.#commands,
      tensors: this.#tensors,
      workspace: this.#workspace,
    };
    return new WebgpuChain(chain, host, this.#ownParameters(parameters), offset);
  }

  combine(
    target: Tensor,
    base: Tensor | null,
    scale: number,
    coefficients: readonly number[],
    terms: readonly Tensor[],
  ): void {
    requireLength('combine: coefficients', terms.length, coefficients.length);
    const start = base === null ? null : this.#start(base);
    if (base !== null) requireSameShape('combine: base', target, base);
    for (const term of terms) {
      requireSameShape('combine: term', target, term);
      requireDistinct('combine', target, term);
    }
    combineInto(
      this.#commands,
      this.#start(target),
      start,
      entryCount(target),
      listsOf(scale, coefficients, terms.map(this.#start)),
    );
  }

  multiply(target: Tensor, base: Tensor | null, scale: number, a: Tensor, b: Tensor): void {
    requireFactors(target, base, a, b);
    const start = base === null ? null : this.#start(base);
    const perFactor = b.columns === a.columns ? 1 : a.columns;
    this.#multiply(this.#start(target), start, scale, this.#start(a), this.#start(b), perFactor, entryCount(target));
  }

  combineProducts(target: Tensor, base: Tensor | null, products: readonly ProductTerm[]): void {
    if (base !== null) requireSameShape('combineProducts: base', target, base);
    for (const { factor, coefficients, terms } of products) {
      requireLength('combineProducts: coefficients', terms.length, coefficients.length);
      for (const source of factor === null ? terms : [factor, ...terms]) {
        requireSameShape('combineProducts', target, source);
        requireDistinct('combineProducts', target, source);
      }
    }
    const commands = this.#commands;
    const count = entryCount(target);
    const to = this.#start(target);
    const sum = this.#workspace.block('products', count);
    let from = base === null ? null : this.#start(base);
    for (const { factor, coefficients, terms } of products) {
      if (coefficients.every((coefficient) => coefficient === 0)) continue;
      const lists = listsOf(1, coefficients, terms.map(this.#start));
      if (factor === null) combineInto(commands, to, from, count, lists);
      else {
        combineInto(commands, sum, null, count, lists);
        this.#multiply(to, from, 1, sum, this.#start(factor), 1, count);
      }
      from = to;
    }
    if (from !== to) combineInto(commands, to, from, count, listsOf(1, [], []));
  }

  copyRow(target: Tensor, targetRow: number, source: Tensor, sourceRow: number): void {
    requireRows(target, targetRow, source, sourceRow);
    const { columns } = source;
    const [to, from] = [this.#start(target) + targetRow * columns, this.#start(source) + sourceRow * columns];
    this.#copyBlock(to, columns, from, columns, 1, columns);
  }

  copyColumns(target: Tensor, targetColumn: number, source: Tensor, sourceColumn: number, count: number): void {
    requireColumns(target, targetColumn, source, sourceColumn, count);
    const [to, from] = [this.#start(target) + targetColumn, this.#start(source) + sourceColumn];
    this.#copyBlock(to, target.columns, from, source.columns, target.rows, count);
  }

  addEntry(target: Tensor, entry: number, value: number): void {
    requireEntry(target, entry);
    this.#commands.call(addEntry, { to: this.#start(target) + entry, value, count: 1 }, [1]);
  }

  dot(a: Tensor, b: Tensor): Promise<number> {
    return this.#reductions.dot(a, b);
  }

  maxRatio(a1: Tensor, a2: Tensor, b1: Tensor, b2: Tensor): Promise<EntryRatio> {
    return this.#reductions.maxRatio(a1, a2, b1, b2);
  }

  errorNorm(step: StepError): Awaitable<number> {
    return this.#reductions.errorNorm(step);
  }

  errorNormPullback(
    step: StepError,
    error: number,
    errorBar: number,
    eBar: Tensor,
    y0Bar: Tensor,
    y1Bar: Tensor,
  ): void {
    this.#reductions.errorNormPullback(step, error, errorBar, eBar, y0Bar, y1Bar);
  }

  scaledRms(a: Tensor, b: Tensor | null, y: Tensor, tolerances: Tolerances): Promise<number> {
    return this.#reductions.scaledRms(a, b, y, tolerances);
  }

  rmsDifference(a: Tensor, b: Tensor): Promise<number> {
    return this.#reductions.rmsDifference(a, b);
  }

  softmaxCrossEntropy(logits: Tensor, labels: Tensor, logitsBar: Tensor | null): Promise<ClassificationLoss> {
    return this.#losses.softmaxCrossEntropy(logits, labels, logitsBar);
  }

  meanSquaredError(
    outputs: readonly Tensor[],
    targets: readonly Tensor[],
    outputBars: readonly Tensor[] | null,
  ): Promise<number> {
    return this.#losses.meanSquaredError(outputs, targets, outputBars);
  }

  adamUpdate(
    parameters: Parameters,
    m: Tensor,
    v: Tensor,
    { learningRate, beta1, beta2, epsilon, iteration }: AdamSettings,
  ): void {
    const own = this.#ownParameters(parameters);
    requireShape('adamUpdate: m', 1, own.count, m);
    requireShape('adamUpdate: v', 1, own.count, v);
    own.version++;
    const start = this.#start;
    this.#commands.call(
      adam,
      {
        parameters: start(own.values),
        gradient: start(own.gradient),
        m: start(m),
        v: start(v),
        rate: learningRate / (1 - beta1 ** iteration),
        beta1,
        rest1: 1 - beta1,
        beta2,
        rest2: 1 - beta2,
        reverseCorrection2: 1 / (1 - beta2 ** iteration),
        epsilon,
        count: own.count,
      },
      [groupsFor(own.count)],
    );
  }

  momentumUpdate(parameters: Parameters, velocity: Tensor, settings: MomentumSettings): void {
    const own = this.#ownParameters(parameters);
    requireShape('momentumUpdate: velocity', 1, own.count, velocity);
    own.version++;
    const start = this.#start;
    this.#commands.call(
      momentum,
      {
        parameters: start(own.values),
        gradient: start(own.gradient),
        velocity: start(velocity),
        rate: settings.learningRate,
        momentum: settings.momentum,
        count: own.count,
      },
      [groupsFor(own.count)],
    );
  }

  dispose(): void {
    this.#tfjs?.dispose();
    this.gpu.dispose(this.#commands.settled());
  }

  /** @throws Error if it was freed or is another engine's */
  get #start(): (tensor: Tensor) => number {
    return this.#tensors.start;
  }

  #ownParameters(parameters: Parameters): WebgpuParameters {
    if (!(parameters instanceof WebgpuParameters) || parameters.pool !== this.#tensors || !parameters.live) {
      throw new Error('The parameters were disposed or belong to another engine.');
    }
    return parameters;
  }

  /** @param perFactor entries that share one of b's */
  #multiply(
    to: number,
    base: number | null,
    scale: number,
    a: number,
    b: number,
    perFactor: number,
    count: number,
  ): void {
    const parameters = { to, base: base ?? 0, based: base === null ? 0 : 1, scale, a, b, perFactor, count };
    this.#commands.call(multiply, parameters, [groupsFor(count)]);
  }

  #copyBlock(to: number, toStride: number, from: number, fromStride: number, rows: number, width: number): void {
    const count = rows * width;
    this.#commands.call(copyBlock, { to, toStride, source: from, sourceStride: fromStride, width, count }, [
      groupsFor(count),
    ]);
  }
}
