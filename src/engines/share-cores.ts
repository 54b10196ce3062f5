/** Processor cores among worker threads, for engines that start threads of their own. */
import { availableParallelism } from 'node:os';

/** Threads on which TensorFlow computes a product in this process. */
export function tensorflowThreads(): number {
  return Number(process.env.TF_NUM_INTRAOP_THREADS ?? availableParallelism());
}

/**
 * Leaves each of several workers its share of the cores, where the user's environment does not say otherwise. Measured
 * with TensorFlow on two cores: two workers do 1.8 times the work of one so, and 1.1 times where each takes all cores.
 *
 * It must be called on the main thread, before an engine is created: native libraries read the environment of the
 * process, which a worker thread cannot change, and read it once.
 */
export function shareCores(workers: number): void {
  if (workers === 1) return;
  const share = Math.max(1, Math.floor(availableParallelism() / workers));
  process.env.TF_NUM_INTRAOP_THREADS ??= String(share);
  process.env.TF_NUM_INTEROP_THREADS ??= '1';
}
