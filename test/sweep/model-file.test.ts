import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readModelFile, saveModelsBeside, writeModelFile } from '../../src/sweep/model-file.js';
import type { StoredTrial, TrialId } from '../../src/sweep/store.js';
import { sampleCell, sampleDeclaration } from '../db/sample.js';
import { withTemporaryDirectory } from '../db/temporary-directory.js';

const trial: StoredTrial = {
  id: 1 as TrialId,
  number: 12,
  cell: sampleCell(),
  state: 'running',
  attempts: 1,
  result: null,
  reason: null,
};

test('a model comes back bit by bit, whatever its numbers and its task are called', async () => {
  await withTemporaryDirectory((directory) =>
    fc.assert(
      fc.asyncProperty(fc.float64Array(), fc.string({ unit: 'grapheme' }), async (parameters, task) => {
        const path = join(directory, 'deep', 'model.safetensors');
        await writeModelFile(path, { parameters, task, cell: 'c0ffee' });
        expect(await readModelFile(path)).toEqual({ parameters, task, cell: 'c0ffee' });
      }),
      { numRuns: 40 },
    ),
  );
});

test('the file is laid out as safetensors: length, aligned header, little-endian data', async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'model.safetensors');
    await writeModelFile(path, { parameters: Float64Array.of(1, -2), task: 'spiral-ode', cell: 'c0ffee' });
    const bytes = await readFile(path);
    const headerBytes = Number(bytes.readBigUInt64LE(0));
    expect(headerBytes % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes))).toEqual({
      __metadata__: { task: 'spiral-ode', cell: 'c0ffee' },
      parameters: { dtype: 'F64', shape: [2], data_offsets: [0, 16] },
    });
    expect([bytes.readDoubleLE(8 + headerBytes), bytes.readDoubleLE(16 + headerBytes)]).toEqual([1, -2]);
    expect(bytes.length).toBe(8 + headerBytes + 16);
    expect(await readdir(directory)).toEqual(['model.safetensors']);
  });
});

test('a file that is cut off, missing or something else is refused with its name', async () => {
  await withTemporaryDirectory(async (directory) => {
    const path = join(directory, 'model.safetensors');
    await expect(readModelFile(path)).rejects.toMatchObject({ name: 'UserError', code: 'database' });
    await writeModelFile(path, { parameters: Float64Array.of(1, 2, 3), task: 'spiral-ode', cell: 'c0ffee' });
    const whole = await readFile(path);
    for (const length of [0, 5, 40, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length));
      await expect(readModelFile(path)).rejects.toThrow(path);
    }
  });
});

test('sweeps with similar names keep their models apart, and in folders that any file system takes', async () => {
  await withTemporaryDirectory(async (directory) => {
    const database = join(directory, 'sweeps.sqlite');
    const names = ['quickstart', 'Quickstart', 'quick start', 'quick/start', '../up', 'con.', 'é'.repeat(200), ''];
    const files = [];
    for (const name of names) {
      const save = saveModelsBeside(database, { ...sampleDeclaration, name });
      files.push(await save(trial, { parameters: Float64Array.of(1) }));
    }
    const folders = files.map((file) => dirname(file));
    expect(new Set(folders.map((folder) => folder.toLowerCase())).size).toBe(names.length);
    expect(files[0]).toBe('sweeps.sqlite.models/quickstart/12.safetensors');
    for (const file of files) expect(file).toMatch(/^sweeps\.sqlite\.models\/[a-z0-9_.-]{1,60}\/12\.safetensors$/);
  });
});

test('a model that finds no place is a user error that names the file', async () => {
  await withTemporaryDirectory(async (directory) => {
    const database = join(directory, 'sweeps.sqlite');
    await mkdir(`${database}.models/spiral/12.safetensors`, { recursive: true });
    const saved = saveModelsBeside(database, sampleDeclaration)(trial, { parameters: Float64Array.of(1) });
    await expect(saved).rejects.toMatchObject({ name: 'UserError', code: 'database' });
    await expect(saved).rejects.toThrow('12.safetensors cannot be written');
  });
});
