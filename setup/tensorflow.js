/**
 * Installs what the engine `tensorflow` needs: `npm run setup:tensorflow`.
 *
 * 1. The package, without its install script, in a new folder.
 * 2. Its own installer, which downloads TensorFlow's C library and a binding.
 * 3. Where that cannot download (Linux on x86-64): the same library out of TensorFlow's Python wheel, and the binding
 *    compiled against it. Needs Python's pip and a C++ compiler.
 * 4. The product of two matrices, in a process of its own.
 *
 * Invariant: the folder appears under its name only after step 4, whole; what is there and works is left as it is.
 * Known limit: other systems have step 2 only.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import process from 'node:process';
import { URL, fileURLToPath } from 'node:url';
import { tensorflowFolder, tensorflowPackage, tensorflowVersion } from './tensorflow-folder.js';

/** The last TensorFlow whose C interface was tried with this version of the binding. */
const wheel = { requirement: 'tensorflow-cpu==2.19.1', python: '311', platform: 'manylinux2014_x86_64' };
const check = fileURLToPath(new URL('tensorflow-check.cjs', import.meta.url));
const minute = 60_000;

/** A step that did not work, and what the user can do about it. */
class SetupError extends Error {
  constructor(message, advice) {
    super(message);
    this.advice = advice;
  }
}

function say(text) {
  process.stdout.write(`${text}\n`);
}

/** @returns {{ ok: boolean, output: string }} `output`: its last lines */
function run(file, args, { cwd, timeout, env = {} }) {
  const windows = process.platform === 'win32';
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    timeout,
    shell: windows,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    // What npm tells this script about its own project is not for the installation in another folder.
    env: { ...withoutNpm(process.env), ...env },
  });
  const text = `${stdout ?? ''}${stderr ?? ''}${error === undefined ? '' : `${file}: ${error.message}`}`;
  return { ok: status === 0, output: text.trim().split('\n').slice(-20).join('\n') };
}

function withoutNpm(environment) {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^npm_(package|lifecycle)|^INIT_CWD$/.test(name)),
  );
}

function requireSuccess(outcome, message, advice) {
  if (!outcome.ok) throw new SetupError(`${message}\n${outcome.output}`, advice);
}

/** Loads TensorFlow from a folder and multiplies two matrices with it. */
function multiplies(folder) {
  return run(process.execPath, [check, folder], { cwd: folder, timeout: 2 * minute });
}

function installPackage(folder) {
  say(`Installing ${tensorflowPackage} ${tensorflowVersion} …`);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const args = ['install', `${tensorflowPackage}@${tensorflowVersion}`, '--ignore-scripts', '--no-audit', '--no-fund'];
  const advice = 'Check that npm reaches its registry, then run `npm run setup:tensorflow` again.';
  requireSuccess(run('npm', args, { cwd: folder, timeout: 15 * minute }), 'npm could not install the package.', advice);
}

/** Whether the package's own installer made it work. */
function runOwnInstaller(folder, library) {
  say('Running its own installer, which downloads about 200 MB …');
  const outcome = run(process.execPath, ['scripts/install.js'], {
    cwd: library,
    timeout: 15 * minute,
    // It calls node-pre-gyp by name.
    env: { PATH: `${join(folder, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}` },
  });
  if (!outcome.ok) {
    const [reason] = outcome.output.match(/\bError: .*/) ?? ['it gave no reason'];
    say(`  It did not succeed: ${reason}`);
    return false;
  }
  return multiplies(folder).ok;
}

/** Takes the C library out of the wheel and compiles the binding against it. */
function buildFromWheel(folder, library) {
  const advice =
    'Install Python with pip, make and a C++ compiler (on Debian: apt-get install python3-pip build-essential), ' +
    'or let npm packages download, then run `npm run setup:tensorflow` again.';
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      `On ${process.platform} ${process.arch} there is no other way than the package's own installer.`,
      'Allow it to download, or use the engine `kernels`.',
    );
  }
  const unpacked = join(folder, 'wheel');
  mkdirSync(unpacked);
  say(`Fetching TensorFlow's library from the Python package ${wheel.requirement} (252 MB) …`);
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--implementation', 'cp'];
  const choice = [
    '--python-version',
    wheel.python,
    '--platform',
    wheel.platform,
    wheel.requirement,
    '--dest',
    unpacked,
  ];
  requireSuccess(
    run('python3', [...download, ...choice], {
      cwd: folder,
      timeout: 30 * minute,
    }),
    'pip could not fetch the wheel.',
    advice,
  );
  const [file] = readdirSync(unpacked).filter((name) => name.endsWith('.whl'));
  const unpack =
    'import sys, zipfile\n' +
    'wheel = zipfile.ZipFile(sys.argv[1])\n' +
    'wanted = ("tensorflow/include/", "tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2")\n' +
    'wheel.extractall(sys.argv[2], [name for name in wheel.namelist() if name.startswith(wanted)])\n';
  const taken = run('python3', ['-c', unpack, join(unpacked, file), unpacked], { cwd: folder, timeout: 10 * minute });
  requireSuccess(taken, 'The wheel could not be unpacked.', advice);
  placeLibrary(join(unpacked, 'tensorflow'), join(library, 'deps'));
  rmSync(unpacked, { recursive: true });
  compile(folder, library, advice);
}

/** Files under the names by which the binding's build looks for them. */
function placeLibrary(source, deps) {
  rmSync(deps, { recursive: true, force: true });
  const lib = join(deps, 'lib');
  mkdirSync(lib, { recursive: true });
  for (const [name, linked] of [
    ['libtensorflow_cc.so.2', 'libtensorflow.so'],
    ['libtensorflow_framework.so.2', 'libtensorflow_framework.so'],
  ]) {
    renameSync(join(source, name), join(lib, name));
    symlinkSync(name, join(lib, linked));
  }
  renameSync(join(source, 'include'), join(deps, 'include'));
}

function compile(folder, library, advice) {
  say('Compiling the binding …');
  const preGyp = join(folder, 'node_modules', '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp');
  // Node's own headers where they are installed: node-gyp would download them.
  const prefix = dirname(dirname(process.execPath));
  const local = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const outcome = run(process.execPath, [preGyp, 'install', '--build-from-source', ...local], {
    cwd: library,
    timeout: 15 * minute,
  });
  requireSuccess(outcome, 'The binding could not be compiled.', advice);
  rmSync(join(library, 'build'), { recursive: true, force: true });
}

function setUp() {
  if (existsSync(tensorflowFolder)) {
    if (multiplies(tensorflowFolder).ok) {
      say(`TensorFlow is set up in ${tensorflowFolder} and works; nothing to do.`);
      return;
    }
    say(`What is in ${tensorflowFolder} does not work; installing it anew.`);
  }
  mkdirSync(dirname(tensorflowFolder), { recursive: true });
  const folder = mkdtempSync(join(dirname(tensorflowFolder), `${basename(tensorflowFolder)}-`));
  try {
    const library = join(folder, 'node_modules', tensorflowPackage);
    installPackage(folder);
    if (!runOwnInstaller(folder, library)) buildFromWheel(folder, library);
    requireSuccess(
      multiplies(folder),
      'It is installed, but does not multiply.',
      'Use the engine `kernels`, and report this.',
    );
    rmSync(tensorflowFolder, { recursive: true, force: true });
    renameSync(folder, tensorflowFolder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  say(`TensorFlow is set up in ${tensorflowFolder}; two matrices were multiplied. To undo, delete that folder.`);
}

try {
  setUp();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n${error.advice}\n`);
  process.exitCode = 1;
}
