import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openReader, openStore } from '../../db/index.js';
import { withTemporaryDirectory } from './temporary-directory.js';

const runner = fileURLToPath(new URL('../run-typescript.js', import.meta.url));
const writer = fileURLToPath(new URL('endless-writer.ts', import.meta.url));

it('What a store promised survives SIGKILL of its process, and the next one takes over', () =>
  withTemporaryDirectory(async (directory) => {
    const file = join(directory, 'sweeps.sqlite');
    const child = spawn(process.execPath, [runner, writer, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    let promised = 0;
    try {
      for await (const line of createInterface(child.stdout)) {
        promised = Number(line);
        if (promised < 50) continue;
        if (promised === 50) {
          await expect(openStore(file)).rejects.toThrow(`Process ${child.pid ?? 0} on`);
          const reader = await openReader(file);
          expect(await reader.coordinator()).toMatchObject({ pid: child.pid, running: true });
          await reader.close();
          child.kill('SIGKILL');
        }
      }
    } finally {
      child.kill('SIGKILL');
      await exited;
    }

    const reader = await openReader(file);
    expect(await reader.coordinator()).toMatchObject({ pid: child.pid, running: false });
    const { counts, trials } = await reader.sweep('spiral');
    expect(trials).toBe(20_000);
    expect(counts.completed).toBeGreaterThanOrEqual(promised);
    expect(counts.running).toBeLessThanOrEqual(1);
    const history = await reader.trial('spiral', promised);
    expect(history).toMatchObject({ trial: { state: 'completed', result: { nfe: promised } } });
    expect(history.epochs).toHaveLength(3);
    expect((await reader.query('PRAGMA integrity_check')).rows).toEqual([['ok']]);

    const store = await openStore(file);
    const [{ id }] = await reader.sweeps().then((sweeps) => sweeps as [(typeof sweeps)[number]]);
    expect(await store.requeueOrphans(id)).toHaveLength(counts.running);
    expect((await reader.sweep('spiral')).counts).toMatchObject({ running: 0, completed: counts.completed });
    expect(await reader.coordinator()).toMatchObject({ pid: process.pid, running: true });
    await store.close();
    await reader.close();
  }));
