/**
 * The door to Dawn, the implementation of WebGPU behind the package `webgpu`: loaded when the engine is asked for, never
 * before.
 *
 * The package is an optional peer dependency; it carries Dawn for Linux, macOS and Windows (132 MB unpacked).
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../../errors.js';

const packageName = 'webgpu';

/** What is used of the package. */
export interface Dawn {
  readonly create: (options: string[]) => GPU;
  /** Everything of WebGPU's that a browser has as globals; this room uses two of them. */
  readonly globals: { readonly GPUBufferUsage: GPUBufferUsage; readonly GPUMapMode: GPUMapMode };
}

export interface LoadedDawn extends Dawn {
  readonly version: string;
}

/**
 * @param folder from which the package is searched upwards
 * @throws UserError('environment') if it is not installed or does not load
 */
export async function loadDawn(folder: string = import.meta.dirname): Promise<LoadedDawn> {
  const require = createRequire(join(folder, 'package.json'));
  let path: string;
  try {
    path = require.resolve(packageName);
  } catch (cause) {
    throw new UserError('environment', 'The engine webgpu needs the package webgpu, which is not installed.', {
      hint: 'Run `npm install webgpu` (132 MB); where paretode is installed globally, `npm install --global webgpu`.',
      cause,
    });
  }
  try {
    const dawn = (await import(pathToFileURL(path).href)) as Dawn;
    const { version } = require(`${packageName}/package.json`) as { readonly version: string };
    return { create: dawn.create, globals: dawn.globals, version };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
    throw new UserError('environment', `The package webgpu does not load: ${reason}`, {
      hint:
        `It carries Dawn for Linux (x64, arm64), macOS and Windows; this is ${process.platform} ${process.arch}. ` +
        'Install it again, or use the engine kernels.',
      cause,
    });
  }
}
