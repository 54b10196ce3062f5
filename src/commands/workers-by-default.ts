/** How many trials run at a time where neither the command line nor the file says, on this machine. */
import { availableParallelism } from 'node:os';
import { defaultWorkers, megabytesOfWorker, type Machine } from '../sweep/default-workers.js';
import type { CommandContext } from './command-context.js';
import type { RunnablePlan } from './load-plan.js';

export function thisMachine(): Machine {
  // Under a control group's limit both tell what is left of it.
  return { cores: availableParallelism(), availableMegabytes: Math.floor(process.availableMemory() / 2 ** 20) };
}

/** @returns trials at a time; says so on standard error where it is memory that limits them */
export function workersByDefault({ stderr }: CommandContext, plan: RunnablePlan): number {
  const machine = thisMachine();
  // What another program needs is not known.
  if (plan.program !== null) return machine.cores;
  const megabytes = megabytesOfWorker(plan.settings, plan.limits.memoryMegabytes);
  const { workers, limitedByMemory } = defaultWorkers(machine, megabytes);
  if (limitedByMemory) {
    const { cores, availableMegabytes } = machine;
    stderr.write(
      `Memory limits this run to ${workers} of ${cores} workers: ${availableMegabytes} MB are available, and a worker ` +
        `needs about ${megabytes} MB. \`workers:\` or --workers says otherwise.\n`,
    );
  }
  return workers;
}
