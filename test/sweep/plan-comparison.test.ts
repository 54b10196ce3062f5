import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatComparison } from '../../src/report/format-comparison.js';
import { identifyCell } from '../../src/sweep/plan/cell-identity.js';
import {
  comparePlan,
  type ComparedSweep,
  isUnchanged,
  requireSameSearch,
} from '../../src/sweep/plan/plan-comparison.js';
import type { SweepPlan } from '../../src/sweep/plan/sweep-plan.js';
import type { SweepDeclaration } from '../../src/sweep/store.js';

const program = {
  programVersion: '1.0.0',
  gitRevision: 'a'.repeat(40),
  gitDirty: false,
  taskModule: 'sha256:1',
  ownCode: true,
};

function planOf(rtols: readonly number[], settings: Readonly<Record<string, unknown>> = {}) {
  const specification = JSON.stringify({ task: 'toy', parameters: { rtol: rtols }, ...settings });
  const declaration: SweepDeclaration = {
    name: 's',
    task: 'toy',
    seed: 0,
    objectives: [],
    axes: ['rtol'],
    specification,
  };
  return { declaration, cells: rtols.map((rtol) => identifyCell('toy', { rtol })), growth: null };
}

function storedFrom(rtols: readonly number[], ended: number): ComparedSweep {
  const { declaration, cells } = planOf(rtols);
  return {
    specification: declaration.specification,
    planned: null,
    cells: cells.map(({ hash }, index) => ({
      number: index + 1,
      hash,
      state: index < ended ? 'completed' : 'queued',
      added: false,
    })),
    programs: ended === 0 ? [] : [{ ...program, trials: ended }],
  };
}

describe('A plan, compared with what is stored,', () => {
  it('has nothing to tell where it is the same', () => {
    const comparison = comparePlan(planOf([1, 2]), program, storedFrom([1, 2], 1));
    expect(isUnchanged(comparison)).toBe(true);
    expect(comparison).toMatchObject({ kept: 2, ended: 1, added: 0 });
    expect(formatComparison(comparison, program)).toEqual([]);
  });

  it('counts what stays, what is new and what no longer belongs, each cell once', () => {
    const rtols = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 12 });
    fc.assert(
      fc.property(rtols, rtols, (now, before) => {
        const { kept, added, left } = comparePlan(planOf(now), program, storedFrom(before, 0));
        expect(kept).toBe(now.filter((rtol) => before.includes(rtol)).length);
        expect(kept + added).toBe(now.length);
        expect(kept + left.length).toBe(before.length);
      }),
    );
  });

  it('names each setting of the file that changed, parameters one by one', () => {
    const comparison = comparePlan(planOf([1, 3], { repeats: 2 }), program, storedFrom([1, 2], 0));
    expect(comparison.settings).toEqual([
      { key: 'parameters.rtol', before: '{"values":[1,2]}', after: '{"values":[1,3]}' },
      { key: 'repeats', before: null, after: '2' },
    ]);
    expect(formatComparison(comparison, program)).toEqual([
      '1 cell stays (0 ended), 1 is new, 1 no longer belongs: kept, not run',
      'parameters.rtol: {"values":[1,2]} -> {"values":[1,3]}',
      'repeats: (none) -> 2',
    ]);
  });

  it('keeps a trial that a person added: it belongs to every plan', () => {
    const stored = storedFrom([1, 2], 0);
    const cells = stored.cells.map((cell) => ({ ...cell, added: cell.number === 2 }));
    expect(comparePlan(planOf([1]), program, { ...stored, cells }).left).toEqual([]);
  });

  it.each([
    [{ programVersion: '0.9.0' }, '2 completed trials by paretode 0.9.0, now 1.0.0'],
    [{ taskModule: 'sha256:2' }, "2 completed trials by another version of the task's module"],
    [{ gitRevision: 'b'.repeat(40) }, '2 completed trials by code at git bbbbbbbb, now at git aaaaaaaa'],
    [{ gitDirty: true }, '2 completed trials by code at git aaaaaaaa with uncommitted changes, now at git aaaaaaaa'],
  ])('tells that other code ran trials: %o', (other, line) => {
    const stored = { ...storedFrom([1, 2], 2), programs: [{ ...program, ...other, trials: 2 }] };
    expect(formatComparison(comparePlan(planOf([1, 2]), program, stored), program)).toEqual([line]);
  });

  it('does not mind the revision of the folder where the task is built in', () => {
    const builtIn = { ...program, taskModule: null, ownCode: false };
    const stored = { ...storedFrom([1], 1), programs: [{ ...builtIn, gitRevision: null, trials: 1 }] };
    expect(isUnchanged(comparePlan(planOf([1]), builtIn, stored))).toBe(true);
  });

  it('refuses to go on with a search that learns under other settings, and lets what does not decide it change', () => {
    const growth = { total: 10, next: () => [] };
    const stored = storedFrom([1, 2], 2);
    const refused = (plan: ReturnType<typeof planOf>) => () => {
      requireSameSearch({ ...plan, growth } as unknown as SweepPlan, stored);
    };
    expect(refused(planOf([1, 2], { run_cap: 20, workers: 3 }))).not.toThrow();
    expect(refused(planOf([1, 2], { method: 'tpe' }))).toThrow(/began with another method/);
    expect(refused(planOf([1, 3]))).toThrow(/began with another parameters.rtol/);
  });
});
