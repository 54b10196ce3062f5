import { describe, expect, it } from 'vitest';
import type { StoppingRules } from '../../../src/sweep/specification/stopping-rules.js';
import { costs, losses, stoppedAt } from '../../pruners/curves.js';
import { complaint, plan, read } from './read.js';

const sweep = (lines: string) => `task: spiral-node\n${lines}\n`;
function stopping(lines: string, overrides: readonly string[] = []): StoppingRules {
  const { stoppingRules } = read(sweep(lines), overrides);
  if (stoppingRules === null) throw new Error('Nothing is stopped early.');
  return stoppingRules;
}

const epochs = Array.from({ length: 30 }, (_, k) => k + 1);
/** The epochs at which a hopeless trial would be stopped, among ended ones that are all better. */
function judged(lines: string, overrides: readonly string[] = [], others = 10): number[] {
  const { pruner } = stopping(lines, overrides);
  const good = Array.from({ length: others }, (_, k) => costs(epochs.map(() => [10 + k, 1 + k])));
  const bad = costs(epochs.map(() => [1000, 1000]));
  return epochs.filter((epoch) => pruner.verdict({ points: bad.points.slice(0, epoch), ended: false }, good) !== null);
}

describe('early_terminate', () => {
  it('is nothing where the file says nothing', () => {
    expect(read(sweep('')).stoppingRules).toBeNull();
    expect(read(sweep('early_terminate: { type: median }'), ['~early_terminate']).stoppingRules).toBeNull();
  });

  it('compares with all trials and spares none unless told otherwise', () => {
    expect(stopping('early_terminate: { type: median }')).toMatchObject({
      scope: 'all',
      generationSize: null,
      spare: 0,
    });
  });

  it('has min_epochs, interval and min_trials, by default 1, 1 and 5', () => {
    expect(judged('early_terminate: { type: median }')).toEqual(epochs);
    expect(judged('early_terminate: { type: median }', [], 4)).toEqual([]);
    expect(judged('early_terminate: { type: median, min_trials: 2 }', [], 2)).toEqual(epochs);
    const spaced = '{ type: percentile, percentile: 25, min_epochs: 5, interval: 10 }';
    expect(judged(`early_terminate: ${spaced}`)).toEqual([5, 15, 25]);
    expect(judged('early_terminate: { type: dominated, min_epochs: 7, interval: 9 }')).toEqual([7, 16, 25]);
    expect(judged('early_terminate: { type: dominated }')).toEqual(epochs.slice(2));
  });

  it('has the rungs of asha at min_epochs times powers of eta', () => {
    expect(judged('early_terminate: { type: asha, min_epochs: 2, eta: 2 }')).toEqual([2, 4, 8, 16]);
    expect(judged('early_terminate: { type: asha }')).toEqual([1, 3, 9, 27]);
  });

  it('takes hyperband of W&B: rungs from min_iter up, or s of them below max_iter', () => {
    expect(judged('early_terminate: { type: hyperband, min_iter: 3 }')).toEqual([3, 9, 27]);
    expect(judged('early_terminate: { type: hyperband, max_iter: 27, s: 2 }')).toEqual([3, 9]);
    expect(judged('early_terminate: { type: hyperband, max_iter: 24, s: 9, eta: 2 }')).toEqual([1, 3, 6, 12]);
  });

  it('compares at the rung, or where strict is false the best so far', () => {
    const others = Array.from({ length: 8 }, () => losses([3, 3, 3]));
    const rises = losses([9, 2, 4]);
    const hyperband = (more: string) => stopping(`early_terminate: { type: hyperband, min_iter: 3${more} }`).pruner;
    expect(stoppedAt(hyperband(''), rises, others)).toBe(3);
    expect(stoppedAt(hyperband(', strict: false'), rises, others)).toBeNull();
  });

  it('compares the first objective that is not nfe, or the one that is named; asha alone ranks by all', () => {
    const cheap = costs(epochs.map(() => [1, 1000]));
    const others = Array.from({ length: 10 }, () => costs(epochs.map(() => [10, 10])));
    const ends = ['median', 'median, metric: nfe', 'asha', 'asha, metric: loss', 'hyperband, min_iter: 1'].map((rule) =>
      stoppedAt(stopping(`early_terminate: { type: ${rule} }`).pruner, cheap, others),
    );
    expect(ends).toEqual([1, null, null, 1, 1]);
  });

  it('has bounds, and margins for all objectives or for each', () => {
    const bounds = stopping(
      'objectives: [nfe, accuracy]\nearly_terminate: { type: threshold, max_nfe: 100, max_loss: 2, min_accuracy: 0.5, min_epochs: 2 }',
    ).pruner;
    const at = (nfe: number, accuracy: number, loss: number) => {
      const points = [1, 2].map((epoch) => ({ epoch, costs: [nfe, -accuracy], nfe, loss }));
      return stoppedAt(bounds, { points, ended: true }, []);
    };
    expect([at(101, 0.9, 1), at(100, 0.5, 2), at(9, 0.4, 1), at(9, 0.9, 3)]).toEqual([2, null, 2, 2]);

    const margins = (margin: string) => {
      const { pruner } = stopping(`early_terminate: { type: dominated, by: 1, patience: 1, margin: ${margin} }`);
      return pruner.verdict(costs([[100, 10]]), [costs([[90, 6]])]) !== null;
    };
    expect(['0.1', '0.2', '{ loss: 0.3 }', '{ loss: 0.3, nfe: 0.2 }'].map(margins)).toEqual([true, false, true, false]);
  });

  it('may be a list of rules, the mode with the first of them', () => {
    const lines =
      'early_terminate:\n  - { type: threshold, max_nfe: 500, deterministic: true, spare: 0.25 }\n  - { type: median, min_epochs: 4 }';
    expect(stopping(lines)).toMatchObject({ scope: 'generations', generationSize: 16, spare: 0.25 });
    const others = Array.from({ length: 5 }, () => losses([1, 1, 1, 1, 1]));
    const { pruner } = stopping(lines);
    expect(stoppedAt(pruner, losses([9, 9, 9, 9, 9]), others)).toBe(4);
    expect(stoppedAt(pruner, costs([[600, 0]]), others)).toBe(1);
  });

  it('is deterministic by generations, which bounds alone do not need', () => {
    expect(stopping('early_terminate: { type: asha, deterministic: true, generation: 8 }')).toMatchObject({
      scope: 'generations',
      generationSize: 8,
    });
    expect(stopping('early_terminate: { type: threshold, max_nfe: 9, deterministic: true }')).toMatchObject({
      scope: 'all',
      generationSize: null,
    });
  });

  it('may be set key by key on the command line', () => {
    const override = ['early_terminate.type=median', 'early_terminate.min_epochs=28'];
    expect(judged('', override)).toEqual([28, 29, 30]);
    expect(judged('early_terminate: { type: median, min_epochs: 2 }', ['early_terminate.min_epochs=30'])).toEqual([30]);
    expect(complaint(sweep(''), ['early_terminate.type=medain'])).toContain('override `early_terminate.type=medain`');
    const list = sweep('early_terminate: [{ type: median }]');
    expect(complaint(list, ['early_terminate.min_epochs=3'])).toContain('which is a list of rules here');
  });

  it.each([
    ['hyperband', 'early_terminate must be a mapping (key: value) or a list, not "hyperband"'],
    ['{}', 'early_terminate.type is missing'],
    ['[]', 'early_terminate must be a list of 1 or more'],
    ['{ type: envelope }', 'early_terminate.type must be one of median, percentile, asha, hyperband'],
    ['{ type: median, min_epoch: 3 }', 'Unknown key "min_epoch" in early_terminate.'],
    ['{ type: median, min_epoch: 3 }', 'Did you mean "min_epochs"?'],
    ['[{ type: median, patence: 3 }]', 'Did you mean "patience"?'],
    ['{ type: median, eta: 2 }', 'The rule median has no key "eta".'],
    ['{ type: median, eta: 2 }', 'It belongs to asha and hyperband.'],
    ['{ type: median, metric: lss }', 'Did you mean "loss"?'],
    ['{ type: median, min_epochs: 0 }', 'early_terminate.min_epochs must be at least 1, not 0.'],
    ['{ type: percentile }', 'The rule percentile needs `percentile`.'],
    ['{ type: percentile, percentile: 101 }', 'must be at most 100'],
    ['{ type: asha, eta: 1 }', 'early_terminate.eta must be greater than 1'],
    ['{ type: hyperband }', 'The rule hyperband needs `min_iter`, or `max_iter` and `s`.'],
    ['{ type: hyperband, max_iter: 27 }', 'max_iter needs `s`'],
    ['{ type: hyperband, max_iter: 2, s: 1 }', 'max_iter must be at least eta = 3'],
    ['{ type: hyperband, max_iter: 27, s: 1, min_iter: 1 }', 'Keep one of the two.'],
    ['{ type: threshold, min_accuracy: 0.5 }', 'min_accuracy needs accuracy among the objectives.'],
    ['{ type: dominated, margin: 1 }', 'early_terminate.margin must be less than 1'],
    ['{ type: dominated, margin: { los: 0.1 } }', 'margin names los, no objective of this sweep.'],
    ['{ type: median, generation: 8 }', 'generation needs `deterministic: true`.'],
    ['{ type: median, spare: 1 }', 'early_terminate.spare must be less than 1'],
    ['[{ type: median }, { type: asha, spare: 0.1 }]', '"spare" holds for all rules.'],
  ])('as %s is refused', (rule, message) => {
    expect(complaint(sweep(`early_terminate: ${rule}`))).toContain(message);
  });

  it('tells where in a list it is wrong', () => {
    const text = sweep('early_terminate:\n  - { type: median }\n  - { type: asha, patience: 3 }');
    expect(complaint(text)).toContain('sweep.yaml:4:19: The rule asha has no key "patience".');
  });

  it('cannot be deterministic by what a clock measures', () => {
    const timed = (rule: string) =>
      sweep(`objectives: [nfe, loss, train_seconds]\nearly_terminate: { ${rule}, deterministic: true }`);
    const message = 'train_seconds is measured by a clock';
    expect(complaint(timed('type: dominated'))).toContain(message);
    expect(complaint(timed('type: asha'))).toContain(message);
    expect(complaint(timed('type: median, metric: train_seconds'))).toContain(message);
    for (const rule of ['type: asha, metric: loss', 'type: median', 'type: threshold']) {
      expect(read(timed(rule)).stoppingRules).not.toBeNull();
    }
  });
});

describe('The plan of a sweep with early_terminate', () => {
  const forty = 'parameters: { rtol: { log_grid: { min: 1e-6, max: 1e-3, count: 40 } } }\n';

  it('has the pruner, with whom it compares, and the cells that are spared', () => {
    const { pruner, prunerScope, generationSize, spare, cells } = plan(
      sweep(`${forty}early_terminate: { type: median, deterministic: true, spare: 0.5 }`),
    );
    expect(pruner).not.toBeNull();
    expect({ prunerScope, generationSize }).toEqual({ prunerScope: 'generations', generationSize: 16 });
    const spared = cells.filter((cell) => spare?.(cell));
    expect(spared.length).toBeGreaterThan(5);
    expect(spared.length).toBeLessThan(35);
    const others = plan(sweep(`seed: 1\n${forty}early_terminate: { type: median, spare: 0.5 }`));
    expect(cells.filter((cell) => others.spare?.(cell))).not.toEqual(spared);
  });

  it('has none without, and no trial is spared unless it is asked for', () => {
    expect(plan(sweep(forty))).toMatchObject({ pruner: null, prunerScope: 'all', generationSize: null });
    const { spare, cells } = plan(sweep(`${forty}early_terminate: { type: median }`));
    expect(cells.some((cell) => spare?.(cell))).toBe(false);
  });

  it('warns where two generations are all there is, which nothing is stopped in', () => {
    const warnings = (generation: number) =>
      plan(sweep(`${forty}early_terminate: { type: asha, deterministic: true, generation: ${generation} }`)).warnings;
    expect(warnings(20)).toEqual([expect.stringContaining('40 cells are no more than two generations of 20')]);
    expect(warnings(19)).toEqual([]);
  });
});
