/**
 * The package as a user gets it: packed, installed into an empty project, run and imported there.
 * Needs the network of npm, and a minute where better-sqlite3 has to be compiled.
 */
import { execFile } from 'node:child_process';
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTemporaryDirectory, removeDirectory } from '../db/temporary-directory.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const typescript = join(repository, 'node_modules/typescript/bin/tsc');

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let project: string;
let files: readonly string[];

async function run(file: string, args: readonly string[], cwd = project): Promise<string> {
  // What npm told this test about itself is not what a user's shell says.
  const environment = Object.entries(process.env).filter(([name]) => !/^(npm_(package|lifecycle)|INIT_CWD)/.test(name));
  const options = { cwd, env: Object.fromEntries(environment), maxBuffer: 2 ** 26 };
  const { stdout } = await promisify(execFile)(file, args, options);
  return stdout;
}

beforeAll(async () => {
  project = await makeTemporaryDirectory();
  // `npm run test:slow` has built it.
  const told = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], repository);
  const [packed] = JSON.parse(told) as Packed[];
  files = packed.files.map(({ path }) => path);
  const manifest = { private: true, type: 'module', allowScripts: { 'better-sqlite3': true } };
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest));
  await run('npm', ['install', `./${packed.filename}`, '--no-audit', '--no-fund']);
}, 600_000);
afterAll(() => removeDirectory(project));

test('the package holds the program, its kernels and its sweep files, and nothing of the workshop', () => {
  for (const path of ['package.json', 'LICENSE', 'sweeps/quickstart.yaml', 'sweeps/mnist-node.yaml']) {
    expect(files).toContain(path);
  }
  for (const path of [
    'src/cli.js',
    'src/index.js',
    'src/index.d.ts',
    'workers/trial.js',
    'workers/evaluation.js',
    'kernels.wasm',
  ]) {
    expect(files).toContain(`dist/${path}`);
  }
  expect(files.filter((path) => /(^|\/)(test|bench)\/|tsbuildinfo|\.map$|\.tsx?$(?<!\.d\.ts)/.test(path))).toEqual([]);
});

test('npx sweep answers, and runs a sweep file of the package', async () => {
  const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { version: string };
  expect((await run('npx', ['sweep', '--version'])).trim()).toBe(version);
  expect(await run('npx', ['sweep', 'tasks'])).toContain('mnist-node');
  // The optional engines are installed by whoever wants them.
  const doctor = await run('npx', ['sweep', 'doctor']);
  for (const part of ['engine kernels', 'engine reference', 'MNIST digits']) {
    expect(doctor).toMatch(new RegExp(`^ +ok +${part}:`, 'm'));
  }
  const overrides = ['epochs=2', 'trajectories=16', 'test_trajectories=8', 'repeats=1', 'rtol=1e-3'];
  const quickstart = 'node_modules/paretode/sweeps/quickstart.yaml';
  const told = await run('npx', ['sweep', 'run', quickstart, ...overrides, '--plain']);
  expect(told).toContain('4 completed');
  expect(told).toContain('npx sweep pareto quickstart');
  await access(join(project, 'sweeps.sqlite.models/quickstart/4.safetensors'));
});

const decay = `
import { chain, createEngine, dense, Solver, tableaux, type Solution } from 'paretode';

const engine = await createEngine('kernels', 'f64');
const linear = chain(1, [dense(1)]);
const field = engine.compile(linear, engine.createParameters([-1, 0]), 0);
const solver = new Solver({ engine, field, tableau: tableaux.tsit5, rows: 1, columns: 1 });
const y0 = engine.allocate(1, 1);
engine.write(y0, [1]);
const request = { y0, t0: 0, t1: 1, saveat: [], controller: 'integral', maxSteps: 100, atol: 1e-9, rtol: 1e-9 } as const;
const solution: Solution = await solver.solve({ ...request, keepStates: false, stiffness: null });
console.log((await engine.read(solution.y1))[0]);
`;

test('the library solves y′ = −y in a strict TypeScript project', async () => {
  await writeFile(join(project, 'decay.ts'), decay);
  const flags = '--strict --exactOptionalPropertyTypes --module nodenext --target es2023 --lib es2023,dom';
  await run(process.execPath, [typescript, ...flags.split(' '), 'decay.ts']);
  const value = Number(await run(process.execPath, ['decay.js']));
  expect(Math.abs(value - Math.exp(-1))).toBeLessThan(1e-8);
});
