/**
 * Numbers of whole tensors for the webgpu engine: each workgroup leaves a part on the device, the host finishes the sum in
 * doubles. With them the error norm's pullback, which takes the same terms.
 */
import type { Awaitable, EntryRatio, StepError, Tensor, Tolerances } from '../engine.js';
import { requireLength, requireSameShape } from '../shape.js';
import { combineInto, listsOf } from './combination.js';
import type { Commands, Lists } from './commands.js';
import { groupsFor } from './program.js';
import { fill, mostTerms } from './programs/entrywise.js';
import { errorNormPullback } from './programs/error-norm-pullback.js';
import { bestOf, maxRatio, ratioWords } from './programs/max-ratio.js';
import { dot, errorSquares, scaledSquares, squaredDifference, sumGroups, sumWords, totalOf } from './programs/sums.js';
import { entryCount } from './tensor.js';
import type { Workspace } from './workspace.js';

export class Reductions {
  /** @param start where a tensor of the engine starts */
  constructor(
    private readonly commands: Commands,
    private readonly workspace: Workspace,
    private readonly start: (tensor: Tensor) => number,
  ) {}

  dot(a: Tensor, b: Tensor): Promise<number> {
    requireSameShape('dot', a, b);
    const sum = this.#partials(entryCount(a));
    this.commands.call(dot, { a: this.start(a), b: this.start(b), ...sum.fields }, sum.groups);
    return this.commands.read(sum.fields.partials, sum.words, totalOf);
  }

  maxRatio(a1: Tensor, a2: Tensor, b1: Tensor, b2: Tensor): Promise<EntryRatio> {
    for (const other of [a2, b1, b2]) requireSameShape('maxRatio', a1, other);
    const start = this.start;
    const { fields, groups, words } = this.#partials(entryCount(a1), ratioWords);
    this.commands.call(maxRatio, { a1: start(a1), a2: start(a2), b1: start(b1), b2: start(b2), ...fields }, groups);
    return this.commands.read(fields.partials, words, bestOf);
  }

  errorNorm(step: StepError): Awaitable<number> {
    const { y0, y1, lists } = this.#stepError(step);
    if (lists.terms.length === 0) return 0;
    const count = entryCount(step.y0);
    const { atol, rtol } = step;
    const { fields, groups, words } = this.#partials(count);
    const termCount = lists.terms.length;
    this.commands.call(errorSquares, { y0, y1, termCount, atol, rtol, ...fields }, groups, lists);
    return this.commands.read(fields.partials, words, (partials) => Math.sqrt(totalOf(partials) / count));
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
    const { y0, y1, lists } = this.#stepError(step);
    if (error === 0) {
      const count = entryCount(eBar);
      this.commands.call(fill, { to: this.start(eBar), value: 0, count }, [groupsFor(count)]);
      return;
    }
    const start = this.start;
    const count = entryCount(step.y0);
    this.commands.call(
      errorNormPullback,
      {
        y0,
        y1,
        termCount: lists.terms.length,
        atol: step.atol,
        rtol: step.rtol,
        factor: errorBar / (count * error),
        eBar: start(eBar),
        y0Bar: start(y0Bar),
        y1Bar: start(y1Bar),
        count,
      },
      [groupsFor(count)],
      lists,
    );
  }

  scaledRms(a: Tensor, b: Tensor | null, y: Tensor, { atol, rtol }: Tolerances): Promise<number> {
    requireSameShape('scaledRms: y', a, y);
    if (b !== null) requireSameShape('scaledRms: b', a, b);
    const start = this.start;
    const count = entryCount(a);
    const { fields, groups, words } = this.#partials(count);
    this.commands.call(
      scaledSquares,
      { a: start(a), b: b === null ? 0 : start(b), two: b === null ? 0 : 1, y: start(y), atol, rtol, ...fields },
      groups,
    );
    return this.commands.read(fields.partials, words, (partials) => Math.sqrt(totalOf(partials) / count));
  }

  rmsDifference(a: Tensor, b: Tensor): Promise<number> {
    requireSameShape('rmsDifference', a, b);
    const count = entryCount(a);
    const { fields, groups, words } = this.#partials(count);
    this.commands.call(squaredDifference, { a: this.start(a), b: this.start(b), ...fields }, groups);
    return this.commands.read(fields.partials, words, (partials) => Math.sqrt(totalOf(partials) / count));
  }

  /** The error's terms; more than one call takes are combined beforehand. */
  #stepError({ y0, y1, h, weights, stages }: StepError): {
    readonly y0: number;
    readonly y1: number;
    readonly lists: Lists;
  } {
    requireLength('errorNorm: stages', weights.length, stages.length);
    requireSameShape('errorNorm: y1', y0, y1);
    for (const stage of stages) requireSameShape('errorNorm: stage', y0, stage);
    const starts = { y0: this.start(y0), y1: this.start(y1) };
    const lists = listsOf(h, weights, stages.map(this.start));
    if (lists.terms.length <= mostTerms) return { ...starts, lists };
    const error = this.workspace.block('error', entryCount(y0));
    combineInto(this.commands, error, null, entryCount(y0), lists);
    return { ...starts, lists: { terms: [error], coefficients: [1] } };
  }

  /** Room for what the workgroups of a reduction leave, and how many there are. */
  #partials(
    count: number,
    wordsOfGroup: number = sumWords,
  ): {
    readonly fields: { readonly partials: number; readonly count: number };
    readonly groups: readonly [number];
    readonly words: number;
  } {
    const groups = sumGroups(count);
    const words = groups * wordsOfGroup;
    return { fields: { partials: this.workspace.block('partials', words), count }, groups: [groups], words };
  }
}
