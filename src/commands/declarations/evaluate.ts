/** `sweep evaluate SWEEP key=value…`. */
import { InvalidArgumentError, type Command } from 'commander';
import type { CommandContext, CommandEnd } from '../command-context.js';
import type { EvaluateOptions } from '../evaluate.js';
import { parsePositiveInteger, parseSeconds } from './parse-number.js';

export function declareEvaluate(program: Command, context: CommandContext, end: (end: CommandEnd) => void): void {
  program
    .command('evaluate')
    .summary('solve trained models again at other tolerances and by other solvers, without training')
    .description(
      'Solves the test set again with each trained model of a sweep, by every combination of the values given. Results ' +
        'are stored beside the trials; what has been evaluated is never solved again.',
    )
    .argument('<sweep>', 'name of a sweep')
    .argument('<settings...>', 'what to solve by: rtol=1e-2,1e-4 solver=tsit5,bosh3')
    .option('--db <path>', 'database of results (default: $SWEEP_DB or ./sweeps.sqlite)')
    .option('--frontier', 'only the models on the frontier')
    .option('--trials <numbers>', 'only these trials: 3,7', parseNumbers)
    .option('--where <condition>', 'only trials for which it holds: "error_weight > 0 && loss < 0.1"')
    .option('--workers <n>', 'evaluations at a time (default: all cores)', parsePositiveInteger)
    .option('--timeout <time>', 'most wall time of an evaluation (default: the sweep’s trial.timeout)', parseSeconds)
    .option('--task <path>', 'the task’s module, for a sweep whose task is not built in')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Exit code 1 if any of them could not be solved; the reason is stored.

Examples:
  sweep evaluate quickstart rtol=1e-2,1e-4
  sweep evaluate quickstart 'rtol=log_grid(1e-6,1e-2,5)' solver=tsit5,bosh3,dopri8 --frontier
  sweep evaluate mine rtol=1e-3 --trials 3,7 --task ./my-task.js
  sweep pareto quickstart --evaluated`,
    )
    .action(async (name: string, settings: readonly string[], options: EvaluateOptions) => {
      const { evaluateSweep } = await import('../evaluate.js');
      end(await evaluateSweep(context, name, settings, options));
    });
}

/** @throws InvalidArgumentError, which commander reports with the option's name */
function parseNumbers(text: string): readonly number[] {
  if (text.trim() === '') throw new InvalidArgumentError('It must be numbers of trials: 3,7.');
  return text.split(',').map(parsePositiveInteger);
}
