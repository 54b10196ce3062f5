import { describe, expect, it } from 'vitest';
import type { Cell } from '../../src/sweep/cell.js';
import type { Plan } from '../../src/sweep/plan/plan.js';
import type { HistoryEntry } from '../../src/sweep/plan/plan-growth.js';
import type { TrialResult } from '../../src/training/trial.js';
import { complaint, plan } from './specification/read.js';

const text = (method: string): string => `task: spiral-node
method: ${method}
run_cap: 30
generation_size: 5
repeats: 2
points: [{ rtol: 1e-6 }]
zip: [{ error_weight: [0, 1, 10], stiffness_weight: [0, 0.1, 1] }]
parameters:
  rtol: { min: 1e-6, max: 1e-3, distribution: log_uniform_values }
  solver: [tsit5, bosh3]
  local_weight: { min: 0.0, max: 1.0, when: solver == "tsit5" }
where: error_weight < 10 || rtol > 1e-5
`;

/** As if trained: every trial with a large local weight diverges. */
function outcome(cell: Cell): HistoryEntry {
  const { rtol, error_weight: weight, local_weight: local, seed } = cell.parameters as Readonly<Record<string, number>>;
  if (local > 0.4) return { cell, state: 'diverged', result: null };
  const result: TrialResult = {
    nfe: -20 * Math.log10(rtol) - weight,
    loss: rtol * 1000 + weight / 10 + seed / 100,
    accuracy: null,
    trainLoss: 0,
    trainSeconds: 1,
    predictSeconds: 1,
    epochs: 1,
  };
  return { cell, state: 'completed', result };
}

const unknown = (cell: Cell): HistoryEntry => ({ cell, state: 'running', result: null });

/** Runs to the end; results become known as late as the contract allows. */
function run({ cells, growth, generationSize }: Plan): readonly Cell[] {
  if (growth === null || generationSize === null) throw new Error('Nothing grows here.');
  const all = [...cells];
  for (;;) {
    const ended = (Math.floor(all.length / generationSize) - 1) * generationSize;
    const added = growth.next(all.map((cell, k) => (k < ended ? outcome(cell) : unknown(cell))));
    if (added.length === 0) return all;
    all.push(...added);
  }
}

describe.each(['nsga2', 'tpe'])('The plan of %s', (method) => {
  const planned = plan(text(method));

  it('begins with two generations and grows to run_cap, each cell once', () => {
    expect(planned.generationSize).toBe(10);
    expect(planned.growth?.total).toBe(62);
    expect(planned.cells).toHaveLength(20);
    const all = run(planned);
    expect(all).toHaveLength(62);
    expect(new Set(all.map(({ hash }) => hash)).size).toBe(62);
    expect(all[0].parameters).toMatchObject({ rtol: 1e-6, seed: 0 });
    expect(all[1].parameters).toMatchObject({ rtol: 1e-6, seed: 1 });
    for (const { parameters } of all) {
      expect(Number(parameters.error_weight) < 10 || Number(parameters.rtol) > 1e-5).toBe(true);
      expect([0, 1, 10].indexOf(Number(parameters.error_weight))).toBe(
        [0, 0.1, 1].indexOf(Number(parameters.stiffness_weight)),
      );
      if (parameters.solver === 'bosh3') expect(parameters.local_weight).toBe(0);
    }
  });

  it('has all seeds of a point within one generation', () => {
    const all = run(planned);
    for (let start = 0; start < all.length; start += 10) {
      const groups = all.slice(start, start + 10).map(({ group }) => group);
      expect(new Set(groups).size).toBe(groups.length / 2);
    }
  });

  it('does not depend on what has ended early, only on the generations before the last', () => {
    const all = run(planned);
    const next = (known: number): unknown =>
      planned.growth?.next(all.slice(0, 30).map((cell, k) => (k < known ? outcome(cell) : unknown(cell))));
    expect(next(30)).toEqual(next(20));
    expect(next(20)).toEqual(all.slice(30, 40));
    expect(next(10)).not.toEqual(next(20));
  });

  it('goes on from within a generation as if it had not stopped there', () => {
    const all = run(planned);
    const short = run(plan(text(method), ['run_cap=17']));
    expect(short).toEqual(all.slice(0, 36));
    expect(planned.growth?.next(short.map(outcome))).toEqual(all.slice(36, 40));
  });

  it('learns: later generations hold fewer points that diverge', () => {
    const all = run(plan(text(method), ['run_cap=80'])).map(outcome);
    const diverged = (part: readonly HistoryEntry[]): number =>
      part.filter(({ state }) => state === 'diverged').length / part.length;
    expect(diverged(all.slice(0, 20))).toBeGreaterThan(diverged(all.slice(100)));
  });

  it('finds its points also where conditions leave one in fifty', () => {
    const ranges = 'error_weight: { min: 0.0, max: 1.0 }, steer_width: { min: 0.0, max: 1.0 }';
    const where = 'where: error_weight * steer_width > 0.8';
    const narrow = plan(`task: spiral-node\nmethod: ${method}\nrun_cap: 20\n${where}\nparameters: { ${ranges} }\n`);
    expect(narrow.cells).toHaveLength(20);
  });

  it('says by an empty answer that the space is exhausted', () => {
    const few = plan(`task: spiral-node\nmethod: ${method}\nrun_cap: 50\nparameters: { rtol: [1e-3, 1e-4, 1e-5] }\n`);
    expect(few.cells).toHaveLength(3);
    expect(few.growth?.next(few.cells.map(outcome))).toEqual([]);
  });

  it('is refused with the reason where the task takes no point or no condition holds', () => {
    const refused = `task: spiral-node\nmethod: ${method}\nrun_cap: 5\n`;
    expect(complaint(`${refused}parameters: { epochs: { min: 1.0, max: 5.0 } }\n`)).toContain(
      'which must be a whole number.',
    );
    expect(complaint(`${refused}parameters: { rtol: [1, 2] }\nwhere: rtol > 2\n`)).toContain('No cell is left');
  });
});
