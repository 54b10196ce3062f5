/** What `task:` of a sweep file and the argument of `sweep tasks` mean: a path, or the name of a built-in task. */
import { resolve } from 'node:path';

/** @param folder what relative paths (`./mine.mjs`, `../mine.mjs`) are relative to */
export function resolveTaskName(task: string, folder: string): string {
  return /^\.{0,2}\//.test(task) ? resolve(folder, task) : task;
}
