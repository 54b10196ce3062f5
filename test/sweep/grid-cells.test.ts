import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createActivation } from '../../src/sweep/plan/activation.js';
import { collectCells } from '../../src/sweep/plan/collect-cells.js';
import { gridCells } from '../../src/sweep/plan/grid-cells.js';
import { planPoints } from '../../src/sweep/plan/plan-points.js';
import { planSweep } from '../../src/sweep/plan/plan.js';
import { defaultsOf, type PlannableTask } from '../../src/sweep/plan/plannable-task.js';
import { read } from './specification/read.js';

interface Sample {
  readonly task: PlannableTask;
  readonly text: string;
  readonly isCut: boolean;
}

const scalar = z.union([z.number(), z.string(), z.boolean()]);

interface Parts {
  readonly name: string;
  readonly defaults: number;
  readonly axes: readonly (readonly [string, readonly number[]])[];
  readonly cap: number | null;
}

const parts: fc.Arbitrary<Parts> = fc.record({
  name: fc.constantFrom('toy', 'other'),
  defaults: fc.constantFrom(0, 1),
  axes: fc.uniqueArray(
    fc.tuple(
      fc.constantFrom('a', 'b', 'seed'),
      fc.uniqueArray(fc.constantFrom(0, 1, 2, -1.5), { minLength: 1, maxLength: 3 }),
    ),
    { selector: ([axis]) => axis, minLength: 1 },
  ),
  cap: fc.option(fc.integer({ min: 1, max: 20 }), { freq: 4 }),
});

function sampleOf({ name, defaults, axes, cap }: Parts): Sample {
  const shape = { a: scalar.default(defaults), b: scalar.default('0'), seed: z.number().default(0) };
  const cut = cap === null ? {} : { run_cap: cap };
  const values = Object.fromEntries(axes.map(([axis, listed]) => [axis, { values: listed }]));
  return {
    task: { name, parameters: z.object(shape) } as unknown as PlannableTask,
    text: JSON.stringify({ task: name, parameters: values, ...cut }),
    isCut: cap !== null,
  };
}

const samples = parts.map(sampleOf);

/** Two that have most in common. */
const alike = fc
  .tuple(parts, parts, fc.subarray(['name', 'defaults', 'axes', 'cap'] as const, { maxLength: 2 }))
  .map(([one, other, differing]) => {
    const changed = { ...one, ...Object.fromEntries(differing.map((key) => [key, other[key]])) };
    return [sampleOf(one), sampleOf(changed)] as const;
  });

function lazily({ text, task }: Sample) {
  const found = gridCells(read(text), task);
  if (found === null) throw new Error(`Not taken for a grid: ${text}`);
  return found;
}

/** Point by point, as where conditions take part. */
function oneByOne({ text, task }: Sample) {
  const specification = read(text);
  const activated = createActivation(specification, defaultsOf(task));
  if (activated.state === 'wrong') throw new Error('An activation without conditions is wrong.');
  const points = planPoints(specification, activated.activation);
  return collectCells(specification, task, points, [], specification.runCap ?? Infinity).cells;
}

describe('The cells of a grid', () => {
  it('are those that its points give one by one, in their order', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const whole = ({ hash, group, parameters: own }: (typeof cells)[number]) => [hash, group, Object.entries(own)];
        const { cells, settings } = lazily(sample);
        const expected = oneByOne(sample);
        // From the end, so that no cell is made in order.
        expect(cells.map(whole).toReversed()).toEqual(expected.map(whole).toReversed());
        const groups = new Set(expected.map(({ group }) => group));
        expect(settings.map(({ group }) => group)).toEqual([...groups]);
      }),
      { numRuns: 300 },
    );
  });

  it('have one digest only where they are the same cells in the same order', () => {
    const sizes = { same: 0, other: 0 };
    fc.assert(
      fc.property(alike, ([one, other]) => {
        const [first, second] = [lazily(one), lazily(other)];
        const hashes = ({ cells }: typeof first): string => cells.map(({ hash }) => hash).join();
        const areSame = hashes(first) === hashes(second);
        sizes[areSame ? 'same' : 'other'] += 1;
        if (first.digest === second.digest) expect(areSame).toBe(true);
        // Of a grid that is cut off, what is cut off counts too.
        if (areSame && !one.isCut && !other.isCut) expect(first.digest).toBe(second.digest);
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(sizes.same, sizes.other)).toBeGreaterThan(10);
  });

  it('have another digest where a task takes other defaults, or makes other values of those listed', () => {
    const text = '{"task":"toy","parameters":{"a":[1,2]}}';
    const digestOf = (a: z.ZodType, b: string) =>
      gridCells(read(text), {
        name: 'toy',
        parameters: z.object({ a: a.default(0), b: scalar.default(b) }),
      } as unknown as PlannableTask)?.digest;
    const digests = [
      digestOf(scalar, 'x'),
      digestOf(scalar, 'y'),
      digestOf(
        scalar.transform((value) => -Number(value)),
        'x',
      ),
    ];
    expect(digests).not.toContain(undefined);
    expect(new Set(digests).size).toBe(3);
    expect(digestOf(scalar, 'x')).toBe(digests[0]);
  });

  it.each([
    ['conditions', 'where: a > 0'],
    ['points', 'points: [{ a: 5 }]'],
    ['a method that draws', 'method: random\nrun_cap: 3'],
  ])('are looked at one by one where there are %s', (_, line) => {
    const { task } = sampleOf({ name: 'toy', defaults: 0, axes: [], cap: null });
    const plan = planSweep(
      read(`task: toy
parameters: { a: [1, 2], b: [1, 2] }
${line}
`),
      task,
    );
    expect(plan.digest).toBeUndefined();
    expect(plan.settings).toHaveLength(plan.cells.length);
  });

  it('are looked at one by one where the task checks parameters together, or takes two values for one', () => {
    const shape = { a: scalar.default(0), b: scalar.default('0') };
    const together = z.object(shape).refine(({ a, b }) => a !== b);
    const sign = z.object({ ...shape, a: z.number().transform(Math.sign).default(0) });
    const planned = (task: z.ZodObject) =>
      planSweep(read('task: toy\nparameters: { a: [1, 2], b: [3] }\n'), {
        name: 'toy',
        parameters: task,
      } as unknown as PlannableTask);
    expect(planned(together)).not.toHaveProperty('digest');
    expect(planned(sign)).not.toHaveProperty('digest');
    expect(planned(sign)).toMatchObject({ cells: { length: 1 }, warnings: [expect.stringContaining('equal')] });
  });
});
