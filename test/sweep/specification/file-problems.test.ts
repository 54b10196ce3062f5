import { describe, expect, it } from 'vitest';
import { complaint, plan, read, sweepOf } from './read.js';

describe('An unknown key', () => {
  it.each([
    ['in the file', 'task: spiral-node\nmethdo: grid\n', '2:1: Unknown key "methdo".', 'Did you mean "method"?'],
    ['in a parameter', sweepOf('rtol: { vlues: [1] }'), '3:11: Unknown key "vlues" in parameters.rtol.', '"values"?'],
    [
      'in log_grid',
      sweepOf('rtol: { log_grid: { min: 1, max: 2, count: 3, cuont: 3 } }'),
      'Unknown key "cuont" in parameters.rtol.log_grid.',
      'Did you mean "count"?',
    ],
    ['in trial', 'task: spiral-node\ntrial: { memroy_mb: 64 }\n', '2:10: Unknown key "memroy_mb"', '"memory_mb"?'],
    ['in a metric', 'task: spiral-node\nmetric: { name: loss, gaol: minimize }\n', 'Unknown key "gaol"', '"goal"?'],
    ['that is a parameter', 'task: spiral-node\nrtol: 1e-3\n', '2:1: Unknown key "rtol".', 'under `parameters:`'],
    ['of the task', sweepOf('rtoll: 1e-3'), '3:3: The task spiral-node has no parameter "rtoll".', 'mean "rtol"?'],
    ['near no other', 'task: spiral-node\nzzzzzzz: 1\n', '2:1: Unknown key "zzzzzzz".', 'Possible names: '],
    ['named as a member of objects', 'task: spiral-node\nconstructor: 1\n', 'Unknown key "constructor".', 'names:'],
    ['of the task, named as a member of objects', sweepOf('toString: 1'), 'has no parameter "toString"', 'names:'],
  ])('%s is told with its place and the nearest name', (_, text, message, hint) => {
    expect(complaint(text)).toContain(message);
    expect(complaint(text)).toContain(hint);
  });
});

describe('A value of the wrong kind', () => {
  it.each([
    ['repeats: two', '2:10: repeats must be a number, not "two".'],
    ['repeats: 1.5', 'repeats must be a whole number, not 1.5.'],
    ['repeats: 0', 'repeats must be at least 1, not 0.'],
    ['seed: -1', 'seed must be at least 0, not -1.'],
    ['workers: "2"', 'Write the number without quotes.'],
    ['workers:', 'workers must be a number, not null.\n'],
    ['name: ""', 'name must be text that is not empty, not "".'],
    ['method: annealing', 'method must be one of grid, random, sobol, halton, nsga2, tpe, bayes, not "annealing".'],
    ['method: nsga', 'Did you mean "nsga2"?'],
    ['order: frontiers', 'Did you mean "frontier"?'],
    ['early_terminate: { type: hyprband }', 'Did you mean "hyperband"?'],
    ['objectives: [nfe, los]', 'Did you mean "loss"?'],
    ['parameters: { solver: tist5 }', 'Did you mean "tsit5"?'],
    ['trial: { retry_on: timeout }', 'Write a list: [timeout].'],
    ['where: 3', 'where must be text or a list, not 3.'],
    ['where: [1]', '2:9: where[0] must be text, not 1.'],
    ['objectives: [nfe, lost]', '2:19: objectives[1] must be one of nfe, loss, accuracy, '],
    ['objectives: [nfe, 3]', '2:19: objectives[1] must be one of nfe, loss, accuracy, '],
    ['objectives: [nfe, { name: loss, gaol: minimize }]', '2:33: Unknown key "gaol" in objectives[1].'],
    ['metrics: [nfe, nfe]', '2:16: The objective nfe is listed twice.'],
    ['objectives: [{ name: nfe }]', 'objectives must be a list of 2 or more, not a list.'],
    [`objectives: [${'nfe, '.repeat(9)}]`, 'objectives must be a list of 8 or fewer, not a list.'],
    ['objectives: [{ name: nfe }, { name: nfe }]', '2:29: The objective nfe is listed twice.'],
    ['metric: { name: val_loss }', 'metric.name must be one of nfe, loss, accuracy'],
    ['metric: { goal: minimize }', '2:9: metric.name is missing.'],
    ['parameters: [rtol]', '2:13: parameters must be a mapping (key: value), not a list.'],
    ['parameters:', 'An empty value is null: give a value, or remove the key.'],
    ['trial: 3', '2:8: trial must be a mapping (key: value), not 3.'],
    ['run_cap: 1e300', 'run_cap must be '],
    ['method: random', '2:9: Method random needs run_cap, the number of points.'],
  ])('%s is told in words', (line, expected) => {
    expect(complaint(`task: spiral-node\n${line}\n`)).toContain(expected);
  });

  it('of the task itself is told, and a missing task with what it is', () => {
    expect(complaint('repeats: 2\n')).toMatch(
      /task is missing\.\n.*\n.*\n {2}It is a built-in task.* For another program, give `command`/,
    );
    expect(complaint('command: python train.py\n')).toContain('Write a list: [python, train.py].');
    expect(complaint('task: [a]\n')).toContain('sweep.yaml:1:7: task must be text, not a list.');
  });

  it('is told together with all other problems, in the order of the file', () => {
    const message = complaint(
      'metod: grid\ntask: 3\nrepeats: x\nparameters:\n  rtol: { value: 1, q: x }\nearly_terminate: a\n',
    );
    const lines = Array.from(message.matchAll(/^sweep\.yaml:(\d+):/gm), ([, line]) => Number(line));
    expect(message).toMatch(/^5 problems in sweep\.yaml:\n/);
    expect(lines).toEqual([1, 2, 3, 5, 6]);
  });
});

describe('The keys of a W&B sweep file', () => {
  it.each([
    [
      'method: random\nrun_cap: 3\nparameters: { rtol: { distribution: log_uniform, min: -9, max: -2 } }',
      'e^min for min',
    ],
    ['method: random\nrun_cap: 3\nparameters: { rtol: { distribution: normal, mu: 1, sigma: 2 } }', 'Write a range'],
    ['parameters: { solver: { values: [tsit5], probabilities: [1] } }', 'equally likely: remove it'],
    ['parameters: { model: { parameters: { width: { values: [1, 2] } } } }', 'e.g. as "model.name"'],
    ['parameters: { layers: { values: [[1, 2], [3]] } }', "given as text, '[1,2]'"],
    ['metric: { name: loss, goal: minimize, target: 0.1 }', 'ends a sweep: remove it'],
  ])('that have another form here are refused with what to write: %j', (text, expected) => {
    expect(complaint(`task: spiral-node\n${text}\n`)).toContain(expected);
  });

  it('are ignored with a warning where they mean nothing here', () => {
    const { warnings } = plan('task: spiral-node\nproject: x\nentity: y\n');
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('"project"');
  });

  it('set the second objective beside nfe by metric', () => {
    expect(read('task: spiral-node\nmetric: { name: accuracy, goal: maximize }\n').objectives).toEqual([
      { name: 'nfe', goal: 'minimize' },
      { name: 'accuracy', goal: 'maximize' },
    ]);
    expect(complaint('task: a\nmetric: { name: loss }\nobjectives: [{ name: nfe }, { name: loss }]\n')).toContain(
      'metric and objectives both say what to compare',
    );
  });

  it('list objectives by name or with a goal; without one accuracy is maximised and all else minimised', () => {
    for (const key of ['objectives', 'metrics']) {
      expect(read(`task: spiral-node\n${key}: [nfe, accuracy, { name: train_loss }]\n`).objectives).toEqual([
        { name: 'nfe', goal: 'minimize' },
        { name: 'accuracy', goal: 'maximize' },
        { name: 'train_loss', goal: 'minimize' },
      ]);
    }
    expect(read('task: spiral-node\nmetric: { name: accuracy }\n').objectives[1].goal).toBe('maximize');
  });
});

describe('A sweep that says little', () => {
  it('is named by its file and compares nfe with loss', () => {
    expect(read('task: spiral-node\n')).toMatchObject({
      name: 'sweep',
      method: 'grid',
      seed: 0,
      objectives: [
        { name: 'nfe', goal: 'minimize' },
        { name: 'loss', goal: 'minimize' },
      ],
    });
    expect(plan('task: spiral-node\n').cells).toHaveLength(1);
  });
});
