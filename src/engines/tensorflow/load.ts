/**
 * The door to TensorFlow: loads @tensorflow/tfjs-node when the engine is asked for, never before.
 *
 * Where it is looked for: what the project that runs has installed itself, then the folder of `npm run setup:tensorflow`.
 * Invariant: TensorFlow computes, or nothing does. tfjs silently takes its JavaScript backend where the native one does
 * not start, so the backend is looked at after it was set.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import util from 'node:util';
import { tensorflowFolder, tensorflowPackage } from '#setup/tensorflow-folder';
import { UserError } from '../../errors.js';
import { loadQuietly } from '../tfjs/quiet-load.js';
import type { Binding, TensorflowBackend, TensorflowPackage } from './binding.js';

export interface LoadedTensorflow {
  readonly binding: Binding;
  /** tfjs, and its backend that runs on the binding. */
  readonly tf: TensorflowPackage;
  readonly backend: TensorflowBackend;
  readonly version: string;
}

/**
 * @param folders whose installed packages are searched, in this order
 * @throws UserError('environment') if it is not installed or does not start
 */
export async function loadTensorflow(
  folders: readonly string[] = [import.meta.dirname, tensorflowFolder],
): Promise<LoadedTensorflow> {
  // TensorFlow's notes about the processor are of no use here. Only the main thread can set what a library reads.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  restoreIsNullOrUndefined();
  const tensorflow = requirePackage(folders);
  await tensorflow.setBackend('tensorflow');
  const backend = tensorflow.backend();
  if (tensorflow.getBackend() !== 'tensorflow' || !('binding' in backend)) {
    throw unavailable(
      `TensorFlow did not start; tfjs would compute on its backend "${tensorflow.getBackend()}" instead.`,
    );
  }
  return { binding: backend.binding, tf: tensorflow, backend, version: tensorflow.version['tfjs-node'] };
}

function requirePackage(folders: readonly string[]): TensorflowPackage {
  for (const folder of folders) {
    const require = createRequire(join(folder, 'package.json'));
    let path: string;
    try {
      path = require.resolve(tensorflowPackage);
    } catch {
      continue;
    }
    try {
      return loadQuietly(() => require(path) as TensorflowPackage);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
      throw unavailable(`${tensorflowPackage} in ${folder} does not load: ${reason}`, cause);
    }
  }
  throw unavailable(`The engine tensorflow needs ${tensorflowPackage}, which is not installed.`);
}

function unavailable(message: string, cause?: unknown): UserError {
  return new UserError('environment', message, { hint: 'Run `npm run setup:tensorflow`.', cause });
}

/** tfjs-node 4.22 calls it; Node.js 23 has it no more. */
function restoreIsNullOrUndefined(): void {
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
