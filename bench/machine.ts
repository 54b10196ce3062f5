/** The machine in words, without its name. */
import { availableParallelism, cpus, totalmem, type as systemType, release } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGigabytes: number;
  readonly system: string;
  readonly node: string;
}

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? process.arch,
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 30),
    system: `${systemType()} ${release().split(/[-+]/)[0]}`,
    node: process.versions.node,
  };
}

export function machineInWords({ processor, cores, memoryGigabytes, system, node }: Machine): string {
  return `${processor}, ${cores} core${cores === 1 ? '' : 's'}, ${memoryGigabytes} GB, ${system}, Node ${node}`;
}

/** As the name of a file. */
export function machineSlug({ processor, cores }: Machine): string {
  return `${processor} ${cores} cores`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
