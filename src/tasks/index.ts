/** The built-in tasks, and how a sweep file's `task:` becomes one. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { isAbsolute } from 'node:path';
import { UserError } from '../errors.js';
import { mnistNode } from './mnist-node.js';
import { printAside } from './print-aside.js';
import { spiralNode } from './spiral-node.js';
import type { Task } from './task.js';

export const builtinTasks: readonly Task[] = [spiralNode, mnistNode];

/**
 * @param name a built-in task's name, or the absolute path of a JavaScript module whose default export is a
 *   task made by `defineTask`
 * @throws UserError if there is none, listing the built-in ones
 */
export async function loadTask(name: string): Promise<Task> {
  const builtin = builtinTasks.find((task) => task.name === name);
  if (builtin !== undefined) return builtin;
  if (isAbsolute(name)) return importTask(name);
  throw new UserError('usage', `There is no task "${name}".`, {
    hint: `Built-in tasks: ${builtinTasks.map((task) => task.name).join(', ')}; or give the path of a module, ./my-task.js.`,
  });
}

/** Which code a task is: the hash of the user's module; null for a built-in one, which the program's version tells. */
export async function taskFingerprint(name: string): Promise<string | null> {
  if (!isAbsolute(name)) return null;
  return `sha256:${createHash('sha256')
    .update(await readFile(name))
    .digest('hex')
    .slice(0, 16)}`;
}

async function importTask(path: string): Promise<Task> {
  if (!existsSync(path)) {
    throw new UserError('usage', `There is no task module ${path}.`, {
      hint: 'In a sweep file its path is relative to the folder of the file.',
    });
  }
  let module: { readonly default?: Partial<Task> };
  const printAsUsual = printAside();
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module;
  } catch (cause) {
    throw new UserError('usage', `The task module ${path} could not be loaded: ${String(cause)}`, {
      hint:
        (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
          ? 'Install what it imports where it lies, e.g. `npm install paretode` in its folder.'
          : 'It must be a JavaScript module (.js or .mjs; compile TypeScript first).',
      cause,
    });
  } finally {
    printAsUsual();
  }
  const task = module.default;
  if (typeof task?.create !== 'function' || task.parameters === undefined || task.name === undefined) {
    throw new UserError('usage', `The module ${path} has no task as its default export.`, {
      hint: "End it with `export default defineTask({ name, summary, parameters, create })` (import from 'paretode').",
    });
  }
  return task as Task;
}
