/** Losses of the webgpu engine: sums and logarithms are finished on the host, in doubles. */
import type { ClassificationLoss, Tensor } from '../engine.js';
import { requireLength, requireSameShape, requireShape } from '../shape.js';
import type { Commands } from './commands.js';
import { groupsFor } from './program.js';
import { crossEntropy, lossOf, rowWords } from './programs/cross-entropy.js';
import { squaredDifference, squaredDifferenceGradient, sumGroups, sumWords, totalOf } from './programs/sums.js';
import { entryCount } from './tensor.js';
import type { Workspace } from './workspace.js';

export class Losses {
  /** @param start where a tensor of the engine starts */
  constructor(
    private readonly commands: Commands,
    private readonly workspace: Workspace,
    private readonly start: (tensor: Tensor) => number,
  ) {}

  softmaxCrossEntropy(logits: Tensor, labels: Tensor, logitsBar: Tensor | null): Promise<ClassificationLoss> {
    requireShape('softmaxCrossEntropy: labels', logits.rows, 1, labels);
    if (logitsBar !== null) requireSameShape('softmaxCrossEntropy: logitsBar', logits, logitsBar);
    const { start } = this;
    const { rows: count, columns: classes } = logits;
    const rows = this.workspace.block('partials', count * rowWords);
    this.commands.call(
      crossEntropy,
      {
        logits: start(logits),
        labels: start(labels),
        classes,
        bar: logitsBar === null ? 0 : start(logitsBar),
        wanted: logitsBar === null ? 0 : 1,
        share: 1 / count,
        rows,
        count,
      },
      [groupsFor(count)],
    );
    return this.commands.read(rows, count * rowWords, (values) => lossOf(values, classes));
  }

  meanSquaredError(
    outputs: readonly Tensor[],
    targets: readonly Tensor[],
    outputBars: readonly Tensor[] | null,
  ): Promise<number> {
    requireLength('meanSquaredError: targets', outputs.length, targets.length);
    requireLength('meanSquaredError: outputBars', outputs.length, outputBars?.length ?? outputs.length);
    for (const [pair, output] of outputs.entries()) {
      requireSameShape('meanSquaredError: target', output, targets[pair]);
      if (outputBars !== null) requireSameShape('meanSquaredError: outputBar', output, outputBars[pair]);
    }
    const { start } = this;
    const total = outputs.reduce((sum, output) => sum + entryCount(output), 0);
    const sizes = outputs.map((output) => sumGroups(entryCount(output)));
    const words = sumWords * sizes.reduce((sum, size) => sum + size, 0);
    const first = this.workspace.block('partials', words);
    let partials = first;
    for (const [pair, output] of outputs.entries()) {
      const fields = { a: start(output), b: start(targets[pair]), partials, count: entryCount(output) };
      if (outputBars === null) {
        this.commands.call(squaredDifference, fields, [sizes[pair]]);
      } else {
        const bar = start(outputBars[pair]);
        this.commands.call(squaredDifferenceGradient, { ...fields, bar, factor: 2 / total }, [sizes[pair]]);
      }
      partials += sumWords * sizes[pair];
    }
    return this.commands.read(first, words, (values) => totalOf(values) / total);
  }
}
