/** A task of the user's own: a module beside the sweep file that imports the package by its name. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withTemporaryDirectory } from '../db/temporary-directory.js';
import { runSweepProcess } from './sweep-process.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));

const taskModule = `
import { activation, chain, defineTask, dense, trainingShape, z } from 'paretode';

export default defineTask({
  name: 'thirds',
  summary: 'A third of a number.',
  parameters: z.strictObject({ ...trainingShape, width: z.int().positive().default(4).describe('hidden units') }),
  create({ random }, { width }) {
    const data = (stream) => {
      const inputs = Float64Array.from({ length: 32 }, () => stream.uniformBetween(-1, 1));
      const targets = { kind: 'trajectories', values: inputs.map((x) => x / 3), times: 1, columns: 1 };
      return { count: 32, inputs, inputColumns: 1, inputScale: 1, targets };
    };
    const field = chain(1, [dense(width), activation('tanh'), dense(1)]);
    const model = { encode: null, field, decode: null, t0: 0, t1: 1, saveat: [1] };
    return { model, train: data(random('train')), test: data(random('test')) };
  },
});
`;

/** Writes a module and a sweep file of it, and what they need to find this package. */
async function writeProject(project: string, module: string): Promise<void> {
  await mkdir(join(project, 'node_modules'), { recursive: true });
  await symlink(repository, join(project, 'node_modules/paretode'));
  await writeFile(join(project, 'thirds.mjs'), module);
  await writeFile(
    join(project, 'thirds.yaml'),
    'task: ./thirds.mjs\nparameters: { width: [2, 4], epochs: 3, learning_rate: 0.05 }\n',
  );
}

test('a task module with its own parameter is swept from any working directory', async () => {
  await withTemporaryDirectory(async (directory) => {
    const project = join(directory, 'project');
    await writeProject(project, taskModule);
    const run = await runSweepProcess(['run', 'project/thirds.yaml', '--plain'], { cwd: directory });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/2 trials over width/);
    const again = await runSweepProcess(['run', 'thirds.yaml', '--plain', '--db', '../sweeps.sqlite'], {
      cwd: project,
    });
    expect(again.stdout).toContain('2 finished before, 0 to run');
    const tasks = await runSweepProcess(['tasks', './thirds.mjs'], { cwd: project });
    expect(tasks).toMatchObject({ code: 0, stderr: '' });
    expect(tasks.stdout).toMatch(/^width +4 +integer > 0 +hidden units$/m);
  });
});

test('what a task prints, as it loads and as it runs, never gets between the JSON of a run', async () => {
  await withTemporaryDirectory(async (directory) => {
    const talkative = taskModule
      .replace(
        'create(',
        "create(...given) {\n    console.log('reads its data');\n    return this.quietly(...given);\n  },\n  quietly(",
      )
      .concat("\nconsole.log('loads');\n");
    await writeProject(directory, talkative);
    const run = await runSweepProcess(['run', 'thirds.yaml', '--json', '--workers', '1'], { cwd: directory });
    expect(run.code).toBe(0);
    for (const line of run.stdout.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ v: 1 });
    expect(run.stderr).toContain('loads');
    expect(run.stderr.split('\n').filter((line) => line === 'reads its data')).toHaveLength(2);
  });
});
