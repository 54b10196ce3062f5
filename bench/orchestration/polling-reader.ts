/**
 * A reader of another process, as a second terminal is: `node polling-reader.js DATABASE` looks at the sweep, its epochs
 * and its frontier again and again until its input ends, and prints how often it did. An error ends it with code 1.
 */
import { openReader } from '../../db/index.js';
import { setTimeout as pause } from 'node:timers/promises';

/** Between two looks. */
const milliseconds = 50;

const input = process.stdin.resume();
const reader = await openReader(process.argv[2]);
console.log('open');
let looks = 0;
while (!input.readableEnded) {
  await reader.dataVersion();
  await reader.sweeps();
  await reader.query(
    'SELECT trial, max(epoch), min(test_loss) FROM epochs GROUP BY trial ORDER BY trial DESC LIMIT 20',
  );
  looks += 1;
  await pause(milliseconds);
}
await reader.close();
console.log(looks);
process.exit();
