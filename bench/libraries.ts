/** Who takes part: our engines that start on this machine, and the peers that bench/setup installed. */
import { access } from 'node:fs/promises';
import { probeEngine } from '../src/engines/index.js';
import { engineNames } from '../src/engines/names.js';
import { repository, type Library } from './participant.js';

const python = `${repository}bench/.venv/bin/python`;

function ours(engine: string): Library {
  return {
    name: engine,
    side: 'ours',
    kinds: ['ode', 'sde'],
    command: () => [process.execPath, `${repository}dist/bench/ours/server.js`, engine],
    environment: (threads) => ({
      TF_NUM_INTRAOP_THREADS: String(threads),
      TF_NUM_INTEROP_THREADS: '1',
      TF_CPP_MIN_LOG_LEVEL: '2',
    }),
    variant: '',
  };
}

function peer(name: string, program: 'torch' | 'diffrax', kinds: Library['kinds'], variant: string): Library {
  return {
    name,
    side: 'peer',
    kinds,
    command: (threads) => [python, `${repository}bench/peers/server.py`, program, String(threads)],
    environment: (threads) => ({ OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) }),
    variant,
  };
}

const peers: readonly Library[] = [
  peer('torchdiffeq', 'torch', ['ode'], 'direct'),
  peer('torchdiffeq adjoint', 'torch', ['ode'], 'adjoint'),
  peer('torchsde', 'torch', ['sde'], 'direct'),
  peer('diffrax', 'diffrax', ['ode', 'sde'], 'jit'),
];

export interface Field {
  readonly libraries: readonly Library[];
  /** Why an engine of ours takes no part, one sentence each. */
  readonly absent: readonly string[];
}

/** @throws Error if bench/setup has not been run */
export async function findLibraries(): Promise<Field> {
  await access(python).catch((cause: unknown) => {
    throw new Error('The peers are not installed: run bench/setup once, with a network.', { cause });
  });
  const engines: Library[] = [];
  const absent: string[] = [];
  for (const name of engineNames) {
    // The reference computes in f64, to be checked against, not to be fast.
    if (name === 'reference') continue;
    const probe = await probeEngine(name);
    if (probe.state === 'available') engines.push(ours(name));
    else absent.push(`${name}: ${probe.reason} ${probe.hint}`);
  }
  return { libraries: [...engines, ...peers], absent };
}
