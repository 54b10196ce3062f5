/**
 * What a child process runs, one trial after the other: wiring only. Its argument is the module whose default export
 * runs one `TrialTask`.
 *
 * Invariant: whatever a trial throws, also outside of its own call stack, becomes its `failed` outcome.
 */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { failureReason } from '../src/training/failure-reason.js';
import { sayWord, type ProcessTask } from '../src/training/process-channel.js';
import type { TrialMessage, TrialOutcome } from '../src/training/trial.js';
import type { TrialTask } from '../src/training/trial-channel.js';

interface TrialModule {
  readonly default: (task: TrialTask) => Promise<TrialOutcome> | TrialOutcome;
}

const [, , workerFile = ''] = process.argv;
const port = { postMessage: (message: TrialMessage) => sayWord({ kind: 'message', message }) };

process.on('uncaughtException', (error) => {
  sayWord({ kind: 'ended', outcome: { state: 'failed', reason: failureReason(error) }, leaves: true });
  process.exit(1);
});
// Whoever coordinates ends this process; a signal to the group is for what a trial has started.
process.on('SIGTERM', () => undefined);

async function run(task: ProcessTask): Promise<void> {
  try {
    const trial = (await import(pathToFileURL(workerFile).href)) as TrialModule;
    sayWord({ kind: 'ended', outcome: await trial.default({ ...task, port }) });
  } catch (error) {
    sayWord({ kind: 'ended', outcome: { state: 'failed', reason: failureReason(error) } });
  }
}

const orders = new Worker(new URL('./trial-orders.js', import.meta.url));
orders.on('message', (task: ProcessTask) => void run(task));
orders.once('online', () => sayWord({ kind: 'ready' }));
