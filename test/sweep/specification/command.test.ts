import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.js';
import { freeTask } from '../../../src/sweep/plan/free-task.js';
import { planSweep } from '../../../src/sweep/plan/plan.js';
import { complaint, read } from './read.js';

const planned = (text: string) => planSweep(read(text), freeTask(read(text)));

function refusal(text: string): string {
  try {
    read(text);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  throw new Error(`Nothing is wrong with:\n${text}`);
}

describe('A sweep file whose trials are other programs', () => {
  it("of W&B works as it is, with the program's own parameters and metric", () => {
    const text =
      'program: train.py\nmethod: grid\nmetric: { name: val_loss, goal: minimize }\n' +
      'parameters:\n  optimizer: { values: [adam, sgd] }\n  depth: { values: [2, 3] }\n';
    const { declaration, cells } = planned(text);
    expect(declaration.task).toBe('${env} ${interpreter} train.py ${args}');
    expect(declaration.objectives.map(({ name }) => name)).toEqual(['nfe', 'val_loss']);
    expect(cells.map(({ parameters }) => parameters)).toContainEqual({ depth: 3, optimizer: 'sgd' });
    expect(cells).toHaveLength(4);
  });

  it('has a seed only where it says so', () => {
    expect(planned('command: [a]\nparameters: { x: 1 }\n').cells[0].parameters).toEqual({ x: 1 });
    expect(planned('command: [a]\nrepeats: 2\n').cells.map(({ parameters }) => parameters.seed)).toEqual([0, 1]);
  });

  it('has other cells with another command', () => {
    const [one, other] = ['a', 'b'].map((word) => planned(`command: [${word}]\n`).cells[0].hash);
    expect(one).not.toBe(other);
  });

  it('warns of parameters that the command does not name', () => {
    const { warnings } = read('command: [a, "{x}"]\nparameters: { x: 1, y: 2 }\n');
    expect(warnings).toEqual([expect.stringContaining('does not name y') as string]);
  });

  it.each([
    ['task: a\ncommand: [b]\n', '1:1: task and command both say what a trial is.'],
    ['command: [b, "{xx}"]\nparameters: { xy: 1 }\n', '1:14: The sweep has no parameter "xx".'],
    ['command: [b, "${arg}"]\n', '1:14: There is no macro ${arg}.'],
    ['command: ["${program}"]\n', 'the file has no key `program`'],
    ['command: train --x 1\n', 'command must be a list'],
    ['command: [b]\nexecutor: thread\n', '2:1: Another program always has a process of its own.'],
    ['command: [b]\ntrial: { memory_mb: 64 }\n', 'memory_mb limits a JavaScript heap'],
    [
      'command: [b]\nparameters: { a-b: 1, A_b: 2 }\n',
      '2:23: A_b and a-b would share the environment variable SWEEP_PARAM_A_B.',
    ],
  ])('is refused where it means nothing: %s', (text, expected) => {
    expect(refusal(text)).toContain(expected);
  });
});

it('a task has no metrics of its own to compare', () => {
  expect(complaint('task: spiral-node\nobjectives: [nfe, kinetic]\n')).toContain(
    'objectives[1] must be one of nfe, loss',
  );
});
