import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { column, complaint, plan, read, sweepOf } from './read.js';

const rows = (text: string, names: readonly string[], overrides: readonly string[] = []): unknown[][] =>
  plan(text, overrides).cells.map(({ parameters }) => names.map((name) => parameters[name]));

describe('Zipped lists', () => {
  const zip = 'task: spiral-node\nzip: [{ error_weight: [1, 10], stiffness_weight: [0.1, 1] }]\n';

  it('advance together, as one axis of the grid', () => {
    const text = `${zip}parameters: { rtol: [1e-3, 1e-4] }\n`;
    expect(rows(text, ['rtol', 'error_weight', 'stiffness_weight'])).toEqual([
      [1e-3, 1, 0.1],
      [1e-3, 10, 1],
      [1e-4, 1, 0.1],
      [1e-4, 10, 1],
    ]);
    expect(plan(text).declaration.axes).toEqual(['rtol', 'error_weight', 'stiffness_weight']);
  });

  it.each(['random', 'sobol', 'halton', 'nsga2', 'tpe'])('are one choice of method %s', (method) => {
    const text = `${zip}method: ${method}\nrun_cap: 12\nparameters: { rtol: { min: 1e-5, max: 1e-3 } }\n`;
    const pairs = rows(text, ['error_weight', 'stiffness_weight']).map(String);
    expect(pairs).toHaveLength(12);
    expect(new Set(pairs)).toEqual(new Set(['1,0.1', '10,1']));
  });

  it.each([
    ['zip: [{ rtol: [1, 2], atol: [1] }]', '2:29: The lists of zip[0] advance together, but rtol has 2 and atol 1.'],
    ['zip: [{ rtol: [1] }]\nparameters: { rtol: [1] }', 'zip[0] sets the parameter rtol, which stands under'],
    ['zip: [{ rtol: [1] }, { rtol: [2] }]', 'zip[1] sets the parameter rtol, which stands in `zip[0]` as well.'],
    ['zip: [{ seed: [1] }]\nrepeats: 2', '3:1: repeats sets the parameter seed, which stands in `zip[0]` as well.'],
    ['zip: [{}]', '2:7: zip[0] needs parameters with their lists, but is empty.'],
    ['zip: []', 'zip must be a list of 1 or more'],
    ['zip: { rtol: [1] }', 'zip must be a list, not a mapping.'],
    ['zip: [{ rtol: 1 }]', 'zip[0].rtol must be a list, not 1.'],
    ['zip: [{ rtol: [1, 0] }]', '2:19: rtol must be greater than 0, not 0.'],
    ['zip: [{ rtoll: [1] }]', 'Did you mean "rtol"?'],
  ])('%s is refused with its place', (text, expected) => {
    expect(complaint(`task: spiral-node\n${text}\n`)).toContain(expected);
  });
});

describe('A parameter with a condition', () => {
  const text = sweepOf(
    'solver: [tsit5, bosh3]\n  error_weight: { values: [0.1, 0.2], when: \'solver == "tsit5"\' }\n  rtol: [1e-3, 1e-4]',
  );

  it('varies where the condition holds; elsewhere each combination of the others is there once', () => {
    expect(rows(text, ['solver', 'error_weight', 'rtol'])).toEqual([
      ['tsit5', 0.1, 1e-3],
      ['tsit5', 0.1, 1e-4],
      ['tsit5', 0.2, 1e-3],
      ['tsit5', 0.2, 1e-4],
      ['bosh3', 0, 1e-3],
      ['bosh3', 0, 1e-4],
    ]);
    expect(plan(text).warnings).toEqual([]);
  });

  it('may stand before what its condition speaks of, and in a chain', () => {
    const chain = sweepOf(
      "stiffness_weight: { values: [1, 2], when: error_weight > 0 }\n  error_weight: { values: [3, 4], when: 'rtol < 1e-3' }\n  rtol: [1e-3, 1e-4]",
    );
    expect(new Set(rows(chain, ['rtol', 'error_weight', 'stiffness_weight']).map(String))).toEqual(
      new Set(['0.001,0,0', '0.0001,3,1', '0.0001,3,2', '0.0001,4,1', '0.0001,4,2']),
    );
    expect(plan(chain).cells).toHaveLength(5);
  });

  it('keeps it when an override gives other values', () => {
    expect(rows(text, ['solver', 'error_weight'], ['error_weight=5,6', 'rtol=1']).map(String)).toEqual([
      'tsit5,5',
      'tsit5,6',
      'bosh3,0',
    ]);
  });

  it('holds for drawn points, too', () => {
    const drawn = rows(`${text}method: sobol\nrun_cap: 30\n`, ['solver', 'error_weight']);
    expect(drawn.some(([solver]) => solver === 'bosh3')).toBe(true);
    for (const [solver, weight] of drawn) expect(Number(weight) > 0).toBe(solver === 'tsit5');
  });

  it('gives every combination once, whatever depends on what', () => {
    const values = fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });
    const names = ['error_weight', 'stiffness_weight', 'taylor_weight', 'local_weight'];
    const entry = fc.record({ list: values, needs: fc.nat(5), at: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 4, maxLength: 4 }),
        fc.shuffledSubarray(names, { minLength: 4 }),
        (list, order) => {
          // Each may depend on one that comes before it in `names`; the file has any order.
          const whenOf = (k: number): string | null =>
            list[k].needs < k ? `${names[list[k].needs]} >= ${list[k].at}` : null;
          const lines = order.map((name) => {
            const k = names.indexOf(name);
            const when = whenOf(k);
            return `${name}: { values: [${list[k].list.join(', ')}]${when === null ? '' : `, when: ${when}`} }`;
          });
          const expected = new Set<string>();
          const build = (k: number, chosen: readonly number[]): void => {
            if (k === names.length) expected.add(chosen.join());
            else {
              const active = list[k].needs >= k || chosen[list[k].needs] >= list[k].at;
              for (const value of active ? list[k].list : [0]) build(k + 1, [...chosen, value]);
            }
          };
          build(0, []);
          const cells = rows(sweepOf(lines.join('\n  ')), names).map((row) => row.join());
          expect(new Set(cells)).toEqual(expected);
          expect(cells).toHaveLength(expected.size);
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['rtol: { values: [1, 2], when: rtol > 1 }', '3:33: Whether rtol varies depends on itself: rtol → rtol.'],
    [
      'rtol: { values: [1], when: epochs > 1 }\n  epochs: { values: [2], when: rtol > 1 }',
      'Whether rtol varies depends on itself: rtol → epochs → rtol.',
    ],
    ['rtol: { values: [1, 2], when: rtoll > 1 }', 'Did you mean "rtol"?'],
    [
      'rtol: { values: [1, 2], when: epochs }',
      '3:33: The condition `epochs` cannot be evaluated: it gives 20, not true',
    ],
    ['rtol: { values: [1, 2], when: 3 }', 'parameters.rtol.when must be text, not 3.'],
    ['rtol: { when: epochs > 1 }', 'rtol needs exactly one of value, values, log_grid, or min and max, but has none.'],
  ])('%s is refused with its place', (parameter, expected) => {
    expect(complaint(sweepOf(parameter))).toContain(expected);
  });
});

describe('Single points', () => {
  const text = `${sweepOf('rtol: [1e-3, 1e-4]\n  epochs: 7')}points: [{ rtol: 1e-6, error_weight: 1 }, { error_weight: 2 }]\n`;

  it('run first; what is fixed in the file holds, what they leave out has its default', () => {
    const names = ['rtol', 'error_weight', 'epochs'];
    expect(rows(text, names)).toEqual([[1e-6, 1, 7], [1e-4, 2, 7], [1e-3, 0, 7], [1e-4, 0, 7]]); // prettier-ignore
    expect(plan(text).declaration.axes).toEqual(['rtol', 'error_weight']);
  });

  it('run with every seed, and beside run_cap', () => {
    expect(column(plan(`${text}repeats: 2\n`), 'seed')).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(plan(`${text}run_cap: 1\n`).cells).toHaveLength(3);
    for (const method of ['random', 'sobol', 'halton', 'tpe', 'nsga2']) {
      const drawn = `task: spiral-node\nmethod: ${method}\nrun_cap: 5\npoints: [{ rtol: 1e-6 }]\nparameters: { rtol: { min: 1e-5, max: 1e-3 } }\n`;
      const rtols = column(plan(drawn), 'rtol');
      expect(rtols).toHaveLength(6);
      expect(rtols[0]).toBe(1e-6);
    }
  });

  it.each([
    ['points: [{ rtol: 0 }]', '4:18: rtol must be greater than 0, not 0.'],
    ['points: [{ rtoll: 1 }]', 'Did you mean "rtol"?'],
    ['points: [{ rtol: [1] }]', 'points[0].rtol must be a number, text or true or false, not a list.'],
    ['points: [{ seed: 3 }]\nrepeats: 2', 'points[0] sets seed, but every point runs with all seeds of the sweep.'],
    ['points: [{ rtol: 1 }]\nwhere: rtol < 1', 'points[0] is left out by the condition `rtol < 1` of where.'],
  ])('%s is refused with its place', (points, expected) => {
    expect(complaint(`${sweepOf('rtol: [1e-3, 1e-4]')}${points}\n`)).toContain(expected);
  });

  it('that set what a condition holds still are refused', () => {
    const conditional = sweepOf("error_weight: { values: [1], when: 'rtol < 1e-4' }\n  rtol: [1e-3, 1e-5]");
    expect(complaint(`${conditional}points: [{ rtol: 1e-3, error_weight: 5 }]\n`)).toContain(
      'points[0] sets error_weight, whose condition `when` does not hold there.',
    );
  });
});

describe('A method', () => {
  it.each([
    ['method: sobol', 'Method sobol needs run_cap, the number of points.'],
    ['method: tpe', 'Method tpe needs run_cap, the number of points.'],
    ['generation_size: 5', 'generation_size means nothing for the method grid'],
    ['method: nsga2\nrun_cap: 9\ngeneration_size: 1', 'generation_size must be at least 2, not 1.'],
    ['method: nsga2\nrun_cap: 9\nparameters: { seed: { min: 0, max: 9 } }', 'Method nsga2 cannot search for a seed.'],
    ['trial: { retry_on: [oom] }', 'trial.retry_on[0] must be one of non_finite, max_steps, '],
  ])('%j is refused', (settings, expected) => {
    expect(complaint(`task: spiral-node\n${settings}\n`)).toContain(expected);
  });

  it('bayes is tpe', () => {
    expect(read('task: spiral-node\nmethod: bayes\nrun_cap: 3\n').method).toBe('tpe');
  });

  it.each(['sobol', 'halton'])('%s has the same first points however many are asked for', (method) => {
    const text = `task: spiral-node\nmethod: ${method}\nrun_cap: 20\nparameters: { rtol: { min: 1e-6, max: 1e-3 } }\n`;
    const few = plan(text).cells;
    expect(plan(text, ['run_cap=50']).cells.slice(0, 20)).toEqual(few);
    expect(plan(text, ['seed=1']).cells[0]).not.toEqual(few[0]);
  });
});

describe('The order of trials', () => {
  const text = 'task: spiral-node\nparameters: { rtol: [1e-3, 1e-4] }\n';

  it('is the given one unless the file or an override says otherwise, and changes no cell', () => {
    expect(plan(text)).not.toHaveProperty('prioritize');
    expect(plan(`${text}order: frontier\n`)).toHaveProperty('prioritize');
    const cheapest = plan(text, ['order=cost']);
    expect(cheapest).toHaveProperty('prioritize');
    expect(cheapest.cells.map(({ hash }) => hash)).toEqual(plan(text).cells.map(({ hash }) => hash));
  });

  it('has a name', () => {
    expect(complaint(`${text}order: costs\n`)).toContain(
      '3:8: order must be one of given, cost, frontier, not "costs".',
    );
  });
});
