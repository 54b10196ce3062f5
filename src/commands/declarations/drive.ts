/** `sweep drive FILE`. */
import type { Command } from 'commander';
import type { CommandContext, CommandEnd } from '../command-context.js';
import type { DriveOptions } from '../drive.js';
import { parsePositiveInteger } from './parse-number.js';

export function declareDrive(program: Command, context: CommandContext, end: (end: CommandEnd) => void): void {
  program
    .command('drive')
    .summary('let another program ask for trials and tell how they went (NDJSON)')
    .description(
      'Speaks JSON lines on standard input and output. What is told is stored at once; when the pipe closes, trials ' +
        'that are open are queued again, and the same command goes on.',
    )
    .argument('<file>', 'sweep file (YAML)')
    .argument('[overrides...]', 'parameters or settings instead of the file’s')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option(
      '--workers <n>',
      'most trials open at a time (default: the file’s `workers`, or all cores)',
      parsePositiveInteger,
    )
    .addHelpText(
      'after',
      `
Asks and tells:
  {"ask": 1}                                            answered by {"v":1,"trial":3,"attempt":1,"parameters":{…}}
  {"tell": 3, "epoch": {"epoch": 1, "loss": 0.4}}       may be answered by {"v":1,"trial":3,"prune":true}
  {"tell": 3, "result": {"loss": 0.1, "nfe": 74}}       or {"tell": 3, "failed": "why"}
  {"v":1,"done":true} is the last answer: every trial has ended.

Example:
  sweep drive sweep.yaml --db results.sqlite`,
    )
    .action(async (file: string, overrides: readonly string[], options: DriveOptions) => {
      const { drive } = await import('../drive.js');
      end(await drive(context, file, overrides, options));
    });
}
