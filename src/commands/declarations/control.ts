/** `sweep stop`, `pause`, `resume`, `kill`, `change`: what another terminal may ask of a run. */
import type { Command } from 'commander';
import type { ControlRequest } from '../../sweep/control/protocol.js';
import type { CommandContext, DatabaseOptions } from '../command-context.js';
import { declareChange } from './change.js';
import { collectPositiveIntegers } from './parse-number.js';

interface ControlOptions extends DatabaseOptions {
  readonly now?: boolean;
}

export function declareControl(program: Command, context: CommandContext): void {
  const ask = async (options: DatabaseOptions, request: ControlRequest): Promise<void> => {
    const { askOf } = await import('../ask-run.js');
    await askOf(context, options, request);
  };
  const command = (name: string, summary: string, examples: string): Command =>
    program
      .command(name)
      .summary(summary)
      .option('--db <path>', 'database of the run (default: $SWEEP_DB or ./sweeps.sqlite)')
      .option('--json', 'one JSON document')
      .addHelpText('after', `\nExamples:\n${examples}`);
  const sweep = (name: string | undefined): string | null => name ?? null;

  command(
    'stop',
    'end a run of another terminal: running trials stop at a checkpoint and are queued again',
    '  sweep stop\n  sweep stop quickstart --now',
  )
    .argument('[sweep]', 'its name, to be sure')
    .option('--now', 'running trials stop at once')
    .action((name: string | undefined, options: ControlOptions) =>
      ask(options, { command: 'stop', mode: options.now === true ? 'abort' : 'drain', sweep: sweep(name) }),
    );
  command('pause', 'start no further trial of a run until `sweep resume`', '  sweep pause\n  sweep pause quickstart')
    .argument('[sweep]', 'its name, to be sure')
    .action((name: string | undefined, options: DatabaseOptions) =>
      ask(options, { command: 'pause', paused: true, sweep: sweep(name) }),
    );
  command('resume', 'go on after `sweep pause`', '  sweep resume')
    .argument('[sweep]', 'its name, to be sure')
    .action((name: string | undefined, options: DatabaseOptions) =>
      ask(options, { command: 'pause', paused: false, sweep: sweep(name) }),
    );
  declareChange(
    command(
      'change',
      'give a run other workers, another end, or further trials',
      "  sweep change --workers 2\n  sweep change quickstart --max-time 2h\n  sweep change --add 'error_weight=0.3 rtol=1e-4' 'error_weight=3 seed=1,2'",
    ),
    ask,
  );
  command(
    'kill',
    'end trials of a run as cancelled, running or queued',
    '  sweep kill 7\n  sweep kill 7 8 9 --db mnist.sqlite',
  )
    .argument('<trials...>', 'numbers of trials', collectPositiveIntegers)
    .action((trials: readonly number[], options: DatabaseOptions) =>
      ask(options, { command: 'kill', trials: [...trials], sweep: null }),
    );
}
