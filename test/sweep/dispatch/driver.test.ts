/** What the pipe's other end never sees: trials that end before anyone asks for them. */
import { expect, test } from 'vitest';
import { createDriver } from '../../../src/sweep/dispatch/driver.js';

test('a trial that is killed before it is asked for ends at once, and costs no ask', async () => {
  const written: string[] = [];
  const driver = createDriver({ workers: 2, write: (line) => written.push(line) });
  const request = (number: number) => ({ task: '', parameters: {}, sweepSeed: 0, trial: { number, attempt: 1 } });
  const kill = new AbortController();
  const first = driver.dispatcher.run(request(1), { onMessage: () => Promise.resolve(), kill: kill.signal });
  const second = driver.dispatcher.run(request(2), { onMessage: () => Promise.resolve() });
  kill.abort();
  expect(await first).toMatchObject({ state: 'cancelled', reason: { code: 'killed' } });
  driver.hear('{"ask": 1}');
  await expect.poll(() => written).toEqual(['{"v":1,"trial":2,"attempt":1,"parameters":{}}\n']);
  driver.hear('{"tell": 2, "result": {"loss": 1}}');
  expect(await second).toMatchObject({ state: 'completed' });
  await driver.dispatcher.close();
});
