/** How long a person waits for the bin itself: commands that have next to nothing to do. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../participant.js';
import { withFolder } from './measured-sweep.js';
import { least, timeCommand } from './program.js';

export interface StartFigures {
  readonly helpSeconds: number;
  /** `sweep plan sweeps/quickstart.yaml`. */
  readonly planSeconds: number;
  /** `sweep run` of one trial of one iteration of the smallest net, on a fresh database. */
  readonly runSeconds: number;
}

const tiny = `name: tiny
task: spiral-node
parameters: { hidden: 1, trajectories: 1, test_trajectories: 1, times: 2, epochs: 1, batch_size: 1, rtol: 0.1 }
`;

export function measureStart(repeats: number): Promise<StartFigures> {
  return withFolder(async (folder) => {
    const file = join(folder, 'tiny.yaml');
    await writeFile(file, tiny);
    let runs = 0;
    const run = (): Promise<number> => {
      runs += 1;
      return timeCommand(['run', file, '--plain', '--workers', '1', '--db', join(folder, `${runs}.sqlite`)]);
    };
    const plan = ['plan', `${repository}sweeps/quickstart.yaml`, '--db', join(folder, 'none.sqlite')];
    return {
      helpSeconds: await least(repeats, () => timeCommand(['--help'])),
      planSeconds: await least(repeats, () => timeCommand(plan)),
      runSeconds: await least(repeats, run),
    };
  });
}
