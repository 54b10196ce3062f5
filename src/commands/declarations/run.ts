/** `sweep run FILE`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { executorNames } from '../../sweep/dispatch/executor-names.js';
import { retriableStates, type RetriableState } from '../../sweep/trial-state.js';
import type { CommandContext, CommandEnd } from '../command-context.js';
import type { RunOptions } from '../run.js';
import { parsePositiveInteger } from './parse-number.js';

export function declareRun(program: Command, context: CommandContext, end: (end: CommandEnd) => void): void {
  program
    .command('run')
    .summary('run a sweep file, or resume it: finished cells never run again')
    .description(
      'Runs every cell of a sweep file that has not ended yet, on all cores. The same command resumes a sweep that ' +
        'was stopped or killed. Ctrl-C stops running trials at a checkpoint, from which they go on; twice stops them at ' +
        'once, three times leaves.',
    )
    .argument('<file>', 'sweep file (YAML)')
    .argument('[overrides...]', 'parameters or settings instead of the file’s: rtol=1e-3,1e-5 repeats=5')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option(
      '--workers <n>',
      'trials at a time (default: the file’s `workers`, or all cores, as far as memory goes)',
      parsePositiveInteger,
    )
    .addOption(
      new Option('--executor <name>', 'where trials run (default: the file’s, or thread)').choices(executorNames),
    )
    .option('--engine <name>', 'engine of every trial, as engine=<name>')
    .option('--retry <states>', `run again what ended as ${retriableStates.join(', ')}`, parseStates)
    .option('--max-time <time>', 'stop after so long, at checkpoints: 90s, 10m, 8h; as max_time=<time>')
    .option('--plain', 'one line for each finished trial instead of the dashboard')
    .option('--json', 'one JSON object a line (NDJSON) instead of the dashboard')
    .addHelpText(
      'after',
      `
Examples:
  sweep run sweeps/quickstart.yaml
  sweep run sweeps/quickstart.yaml repeats=5 'rtol=1e-3,1e-5' --workers 1
  sweep run sweeps/mnist-node.yaml --plain --db mnist.sqlite --max-time 8h
  sweep run sweeps/quickstart.yaml --retry failed,timed_out --executor process
  sweep run sweeps/quickstart.yaml --json | jq 'select(.event == "trial_completed")'`,
    )
    .action(async (file: string, overrides: readonly string[], options: RunOptions) => {
      const { runSweep } = await import('../run.js');
      end(await runSweep(context, file, overrides, options));
    });
}

/** @throws InvalidArgumentError that lists the states there are */
function parseStates(text: string): readonly RetriableState[] {
  return text.split(',').map((name) => {
    const state = retriableStates.find((known) => known === name.trim());
    if (state !== undefined) return state;
    throw new InvalidArgumentError(`There is no state "${name}" to retry; there are ${retriableStates.join(', ')}.`);
  });
}
