import { describe, expect, it } from 'vitest';
import { column, complaint, plan, read, sweepOf } from './read.js';

const text = `${sweepOf('rtol: { values: [1e-3, 1e-4] }')}repeats: 2\n`;
const rtols = (override: string): unknown[] => [...new Set(column(plan(text, [override]), 'rtol'))];

describe('An override of a parameter', () => {
  it.each([
    ['rtol=0.5', [0.5]],
    ['rtol=1e-3,1e-5', [1e-3, 1e-5]],
    ['rtol= 1e-3 , .5 ', [1e-3, 0.5]],
    ['+rtol=1', [1]],
    ['parameters.rtol=1', [1]],
    ['rtol=[1,2]', [1, 2]],
    ['rtol=choice(1,2)', [1, 2]],
    ['rtol=range(1,4)', [1, 2, 3]],
    ['rtol=range(1,2,0.25)', [1, 1.25, 1.5, 1.75]],
    ['rtol=range(0.1,0.4,0.1)', [0.1, 0.2, 0.3]],
    ['rtol=range(3,1,-1)', [3, 2]],
    ['rtol=log_grid(1e-6,1e-3,4)', [1e-6, 1e-5, 1e-4, 1e-3]],
    ['~rtol', [1e-4]],
  ])('%s is read as Hydra reads it', (override, expected) => {
    expect(rtols(override)).toEqual(expected);
  });

  it('of a list of the file takes a list', () => {
    expect(read(text, ['objectives=[nfe, accuracy]']).objectives.map(({ name }) => name)).toEqual(['nfe', 'accuracy']);
  });

  it('takes an interval for random points', () => {
    const random = plan(text, ['rtol=interval(0.1,0.2)', 'method=random', 'run_cap=10', '~repeats']);
    expect(column(random, 'rtol').every((rtol) => Number(rtol) >= 0.1 && Number(rtol) <= 0.2)).toBe(true);
    expect(random.cells).toHaveLength(10);
  });

  it('keeps quoted text as text, commas and all', () => {
    expect(complaint(text, ["solver='tsit5,bosh3'"])).toContain('not "tsit5,bosh3".');
    expect(complaint(text, ['rtol="1e-3"'])).toContain('Write the number without quotes.');
  });

  it('replaces the setting that means the same parameter', () => {
    expect(column(plan(text, ['parameters.seed=7,9', 'rtol=1']), 'seed')).toEqual([7, 9]);
    expect(column(plan(sweepOf('seed: [7, 9]'), ['repeats=3', 'rtol=1']), 'seed')).toEqual([0, 1, 2]);
    expect(column(plan(`${text}engine: kernels\n`, ['engine=reference', 'rtol=1', '~repeats']), 'engine')).toEqual([
      'reference',
    ]);
  });
});

describe('Two overrides of the same', () => {
  it.each([
    [['rtol=1', 'rtol=2'], 'The override `rtol=2` sets again what `rtol=1` has set.'],
    [['rtol=1', 'parameters.rtol=1'], 'The override `parameters.rtol=1` sets again what `rtol=1` has set.'],
    [['repeats=3', 'parameters.seed=1,2'], 'The override `parameters.seed=1,2` sets again what `repeats=3` has set.'],
    [['trial.memory_mb=64', 'trial.memory_mb=65'], 'sets again what `trial.memory_mb=64` has set.'],
  ])('%j are refused: which was meant?', (overrides, expected) => {
    expect(complaint(text, overrides)).toContain(expected);
  });

  it('are fine where the first is removed', () => {
    expect(column(plan(text, ['rtol=1', '~rtol', 'rtol=2', '~repeats']), 'rtol')).toEqual([2]);
  });
});

describe('An override of a setting', () => {
  it('sets it, text as it stands', () => {
    const specification = read(text, [
      'where=rtol < 1 && solver in ["a", \'b\']',
      'name=2024',
      'seed=5',
      'trial.memory_mb=64',
    ]);
    expect(specification).toMatchObject({ name: '2024', seed: 5, limits: { memoryMegabytes: 64 } });
    expect(specification.where).toEqual(['rtol < 1 && solver in ["a", \'b\']']);
    expect(JSON.parse(specification.json)).toMatchObject({ trial: { memory_mb: 64 }, seed: 5 });
  });

  it('does not change the sweep file of the next reader', () => {
    expect(read(text, ['seed=5', '~rtol']).domains.has('rtol')).toBe(false);
    expect(read(text).domains.has('rtol')).toBe(true);
  });
});

describe('An override that means nothing', () => {
  it.each([
    ['rtol', 'is not of the form key=value'],
    ['=3', 'is not of the form key=value'],
    ['', 'is not of the form key=value'],
    ['~rtol=3', 'is not of the form key=value'],
    ['__proto__=3', 'is not of the form key=value'],
    ['parameters.__proto__=3', 'is not of the form key=value'],
    ['~atol', 'removes "atol", which is not set'],
    ['~constructor', 'removes "constructor", which is not set'],
    ['rtol=', 'has an empty value'],
    ['rtol=1,,2', 'has an empty value'],
    ['rtol=1,', 'has an empty value'],
    ["rtol='1", 'a quote in the middle'],
    ['rtol=range(1,1)', 'needs range(start,stop)'],
    ['rtol=range(0,1,0)', 'needs range(start,stop)'],
    ['rtol=range(0,1,1e-12)', 'has 1000000000000 values, but 1000000 are the most'],
    ['rtol=range(a,b)', 'needs numbers in range(…)'],
    ['rtol=interval(1)', 'needs interval(min,max)'],
    ['rtol=log_grid(1,2)', 'needs log_grid(min,max,count)'],
    ['seed=1,2', 'takes one (seeds of trials: repeats=3, or parameters.seed=1,2)'],
    ['repeats=1,2', 'sets several values, but the setting repeats takes one'],
    ['workers=abc', 'workers must be a number, not "abc".'],
    ['repeats=2.5', 'repeats must be a whole number, not 2.5.'],
    ['rtl=1', 'Did you mean "rtol"?'],
    ['rtol=1e400', 'must be a finite number, not Infinity'],
    ['rtol=-1', 'rtol must be greater than 0, not -1.'],
    ['constructor=3', 'has no parameter "constructor"'],
    ['trial.memory=3', 'Did you mean "memory_mb"?'],
    ['objectives=nfe', 'objectives must be a list, not "nfe".'],
    ['where=rtol >', 'The condition `rtol >` is wrong'],
  ])('%s is told by its own text', (override, expected) => {
    const message = complaint(text, [override]);
    expect(message).toContain(`override \`${override}\``);
    expect(message).toContain(expected);
  });
});
