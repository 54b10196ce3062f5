/**
 * The worked example of docs/other-programs.md, as a reader would do it: a virtual environment with diffrax from the
 * package index, one sweep, one query. The environment is kept in `test/.venv`, which git ignores.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startSweepProcess } from '../commands/sweep-process.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

const example = fileURLToPath(new URL('../../docs/examples/diffrax/', import.meta.url));
const environment = fileURLToPath(new URL('../.venv/', import.meta.url));
const programs = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');

function installDiffrax(): void {
  const ready = join(environment, 'ready');
  if (existsSync(ready)) return;
  execFileSync('python3', ['-m', 'venv', '--clear', environment], { stdio: 'inherit' });
  const pip = [join(programs, 'pip'), 'install', '--quiet', '--disable-pip-version-check'] as const;
  execFileSync(pip[0], [...pip.slice(1), '-r', join(example, 'requirements.txt')], { stdio: 'inherit' });
  execFileSync(join(programs, 'python'), ['-c', `import diffrax, optax; open(r"${ready}", "w").close()`]);
}

test('a diffrax program is swept over, stopped by nothing, and answers SQL beside its NFE and its own metric', async () => {
  installDiffrax();
  await withTemporaryDirectory(async (directory) => {
    const db = join(directory, 'sweeps.sqlite');
    const PATH = [programs, process.env.PATH].join(delimiter);
    const sweep = async (...args: readonly string[]) => {
      const ended = await startSweepProcess([...args, '--db', db], { environment: { PATH } }).ended;
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      return ended.stdout;
    };
    const workers = String(Math.min(2, cpus().length));
    const printed = await sweep('run', join(example, 'sweep.yaml'), 'repeats=1', '--plain', '--workers', workers);
    expect(printed).toContain('finished after');
    const query =
      "SELECT rtol, parameters ->> 'kinetic_weight', nfe, loss, metrics ->> 'kinetic_energy', epochs, train_seconds > 0, " +
      '(SELECT count(*) FROM epochs WHERE epochs.trial = trials.trial) FROM trials ORDER BY rtol DESC, 2';
    const { rows } = JSON.parse(await sweep('sql', query, '--json')) as { rows: number[][] };
    expect(rows.map(([rtol, weight]) => [rtol, weight])).toEqual([
      [1e-3, 0],
      [1e-3, 0.03],
      [1e-5, 0],
      [1e-5, 0.03],
    ]);
    for (const [, , nfe, loss, energy, ...rest] of rows) {
      expect(nfe).toBeGreaterThan(6);
      expect(loss).toBeLessThan(1);
      expect(energy).toBeGreaterThan(0);
      expect(rest).toEqual([5, 1, 5]);
    }
    // The weight does what it is for.
    for (const k of [0, 2]) expect(rows[k + 1]?.[4]).toBeLessThan(rows[k]?.[4] ?? NaN);
    // A tighter tolerance costs evaluations.
    for (const k of [0, 1]) expect(rows[k + 2]?.[2]).toBeGreaterThan(rows[k]?.[2] ?? NaN);
  });
});
