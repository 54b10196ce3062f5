/**
 * The reference engine: plain TypeScript on doubles, written to be read.
 *
 * It is the definition the other engines are held against; nothing here is fused, blocked or reused.
 * Known limit: slow, and its tanh, exp and log are the host's.
 */
import type {
  AdamSettings,
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
import type { Chain } from '../layer.js';
import { requirePlace } from '../chain-layout.js';
import { copyColumns, dot, maxRatio, multiplyRows } from '../entries.js';
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
import { ReferenceChain } from './chain.js';
import { meanSquaredError, softmaxCrossEntropy } from './losses.js';
import { MatrixPool } from './matrix.js';
import { errorNorm, errorNormPullback, rmsDifference, scaledRms, type StepErrorValues } from './norms.js';
import { adamUpdate, momentumUpdate } from './optimisers.js';
import { ReferenceParameters } from './parameters.js';

export function createReferenceEngine(): Engine {
  return new ReferenceEngine();
}

class ReferenceEngine implements Engine {
  readonly name = 'reference';
  readonly dtype = 'f64';
  readonly device = 'plain JavaScript, 1 thread';
  readonly brownian = null;
  readonly #pool = new MatrixPool();
  readonly #values = (tensor: Tensor): Float64Array => this.#pool.values(tensor);

  allocate(rows: number, columns: number): Tensor {
    requireDimensions(rows, columns);
    return this.#pool.allocate(rows, columns);
  }

  free(tensor: Tensor): void {
    this.#pool.free(tensor);
  }

  write(target: Tensor, values: ArrayLike<number>): void {
    requireLength('write', target.rows * target.columns, values.length);
    this.#values(target).set(values);
  }

  read(source: Tensor): Float64Array {
    return this.#values(source).slice();
  }

  fill(target: Tensor, value: number): void {
    this.#values(target).fill(value);
  }

  createParameters(initial: ArrayLike<number>): Parameters {
    return new ReferenceParameters(this.#pool, initial);
  }

  writeParameters(parameters: Parameters, values: ArrayLike<number>): void {
    this.#own(parameters).write(values);
  }

  readParameters(parameters: Parameters): Float64Array {
    return this.#own(parameters).values.slice();
  }

  compile(chain: Chain, parameters: Parameters, offset: number): CompiledChain {
    requirePlace(chain, offset, parameters.count);
    return new ReferenceChain(chain, this.#pool, this.#own(parameters), offset);
  }

  combine(
    target: Tensor,
    base: Tensor | null,
    scale: number,
    coefficients: readonly number[],
    terms: readonly Tensor[],
  ): void {
    requireLength('combine: coefficients', terms.length, coefficients.length);
    const sum = new Float64Array(target.rows * target.columns);
    for (const [j, term] of terms.entries()) {
      requireSameShape('combine: term', target, term);
      requireDistinct('combine', target, term);
      const values = this.#values(term);
      const factor = scale * coefficients[j];
      if (coefficients[j] !== 0) values.forEach((value, i) => (sum[i] += factor * value));
    }
    if (base !== null) {
      requireSameShape('combine: base', target, base);
      this.#values(base).forEach((value, i) => (sum[i] += value));
    }
    this.#values(target).set(sum);
  }

  multiply(target: Tensor, base: Tensor | null, scale: number, a: Tensor, b: Tensor): void {
    requireFactors(target, base, a, b);
    const values = this.#values;
    const factors = values(b);
    const start = base === null ? null : values(base);
    if (b.columns === a.columns) {
      values(target).set(values(a).map((value, i) => (start === null ? 0 : start[i]) + scale * (value * factors[i])));
    } else {
      multiplyRows(values(target), start, scale, values(a), factors, a.columns);
    }
  }

  combineProducts(target: Tensor, base: Tensor | null, products: readonly ProductTerm[]): void {
    const sum = this.allocate(target.rows, target.columns);
    const part = this.allocate(target.rows, target.columns);
    for (const { factor, coefficients, terms } of products) {
      for (const source of factor === null ? terms : [factor, ...terms]) {
        requireSameShape('combineProducts', target, source);
        requireDistinct('combineProducts', target, source);
      }
      if (coefficients.every((coefficient) => coefficient === 0)) continue;
      this.combine(part, null, 1, coefficients, terms);
      if (factor === null) this.combine(sum, sum, 1, [1], [part]);
      else this.multiply(sum, sum, 1, part, factor);
    }
    this.combine(target, base, 1, [1], [sum]);
    this.free(sum);
    this.free(part);
  }

  copyRow(target: Tensor, targetRow: number, source: Tensor, sourceRow: number): void {
    requireRows(target, targetRow, source, sourceRow);
    const { columns } = source;
    this.#values(target).set(
      this.#values(source).subarray(sourceRow * columns, (sourceRow + 1) * columns),
      targetRow * columns,
    );
  }

  copyColumns(target: Tensor, targetColumn: number, source: Tensor, sourceColumn: number, count: number): void {
    requireColumns(target, targetColumn, source, sourceColumn, count);
    const to = { entries: this.#values(target), columns: target.columns, first: targetColumn };
    const from = { entries: this.#values(source), columns: source.columns, first: sourceColumn };
    copyColumns(target.rows, to, from, count);
  }

  addEntry(target: Tensor, entry: number, value: number): void {
    requireEntry(target, entry);
    this.#values(target)[entry] += value;
  }

  dot(a: Tensor, b: Tensor): number {
    requireSameShape('dot', a, b);
    return dot(this.#values(a), this.#values(b));
  }

  maxRatio(a1: Tensor, a2: Tensor, b1: Tensor, b2: Tensor): EntryRatio {
    for (const other of [a2, b1, b2]) requireSameShape('maxRatio', a1, other);
    const values = this.#values;
    return maxRatio(values(a1), values(a2), values(b1), values(b2));
  }

  errorNorm(step: StepError): number {
    return errorNorm(this.#stepValues(step));
  }

  errorNormPullback(
    step: StepError,
    error: number,
    errorBar: number,
    eBar: Tensor,
    y0Bar: Tensor,
    y1Bar: Tensor,
  ): void {
    for (const bar of [eBar, y0Bar, y1Bar]) requireSameShape('errorNormPullback', step.y0, bar);
    errorNormPullback(
      this.#stepValues(step),
      error,
      errorBar,
      this.#values(eBar),
      this.#values(y0Bar),
      this.#values(y1Bar),
    );
  }

  scaledRms(a: Tensor, b: Tensor | null, y: Tensor, tolerances: Tolerances): number {
    requireSameShape('scaledRms: y', a, y);
    if (b !== null) requireSameShape('scaledRms: b', a, b);
    const values = this.#values;
    return scaledRms(values(a), b === null ? null : values(b), values(y), tolerances);
  }

  rmsDifference(a: Tensor, b: Tensor): number {
    requireSameShape('rmsDifference', a, b);
    return rmsDifference(this.#values(a), this.#values(b));
  }

  softmaxCrossEntropy(logits: Tensor, labels: Tensor, logitsBar: Tensor | null): ClassificationLoss {
    requireShape('softmaxCrossEntropy: labels', logits.rows, 1, labels);
    if (logitsBar !== null) requireSameShape('softmaxCrossEntropy: logitsBar', logits, logitsBar);
    const values = this.#values;
    return softmaxCrossEntropy(
      logits.columns,
      values(logits),
      values(labels),
      logitsBar === null ? null : values(logitsBar),
    );
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
    const values = this.#values;
    return meanSquaredError(outputs.map(values), targets.map(values), outputBars?.map(values) ?? null);
  }

  adamUpdate(parameters: Parameters, m: Tensor, v: Tensor, settings: AdamSettings): void {
    const own = this.#own(parameters);
    requireShape('adamUpdate: m', 1, own.count, m);
    requireShape('adamUpdate: v', 1, own.count, v);
    const values = this.#values;
    adamUpdate(own.values, values(own.gradient), values(m), values(v), settings);
  }

  momentumUpdate(parameters: Parameters, velocity: Tensor, settings: MomentumSettings): void {
    const own = this.#own(parameters);
    requireShape('momentumUpdate: velocity', 1, own.count, velocity);
    const values = this.#values;
    momentumUpdate(own.values, values(own.gradient), values(velocity), settings);
  }

  dispose(): void {
    // Everything it holds is garbage once the engine is.
  }

  #stepValues(step: StepError): StepErrorValues {
    const values = this.#values;
    requireLength('errorNorm: stages', step.weights.length, step.stages.length);
    requireSameShape('errorNorm: y1', step.y0, step.y1);
    for (const stage of step.stages) requireSameShape('errorNorm: stage', step.y0, stage);
    return { ...step, y0: values(step.y0), y1: values(step.y1), stages: step.stages.map(values) };
  }

  #own(parameters: Parameters): ReferenceParameters {
    if (!(parameters instanceof ReferenceParameters) || parameters.pool !== this.#pool || !parameters.live) {
      throw new Error('The parameters were disposed or belong to another engine.');
    }
    return parameters;
  }
}
