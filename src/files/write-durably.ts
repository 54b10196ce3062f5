/**
 * Writes a file so that it exists wholly or not at all, even if the power fails.
 *
 * Invariant: a file under its final name is complete and on the disk; a killed process leaves at most a file that ends
 * in `.tmp`, which the next write of the same file overwrites.
 */
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes the folders on the way. @throws the error of the file system */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const unfinished = unfinishedName(path);
  const file = await open(unfinished, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, path);
  await syncFolder(folder);
}

/** What a file is called until all of it is on the disk. */
export function unfinishedName(path: string): string {
  return `${path}.tmp`;
}

/** Makes the new name itself durable, where the system lets a folder be opened (Windows does not). */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
