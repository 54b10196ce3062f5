/** The command line: every command on one program. */
import { Command } from 'commander';
import type { CommandContext, CommandEnd } from './command-context.js';
import { declareControl } from './declarations/control.js';
import { declareDoctor } from './declarations/doctor.js';
import { declareDrive } from './declarations/drive.js';
import { declareEvaluate } from './declarations/evaluate.js';
import { declareLs } from './declarations/ls.js';
import { declarePareto } from './declarations/pareto.js';
import { declarePlan } from './declarations/plan.js';
import { declareRerun } from './declarations/rerun.js';
import { declareRun } from './declarations/run.js';
import { declareSchema } from './declarations/schema.js';
import { declareShow } from './declarations/show.js';
import { declareSql } from './declarations/sql.js';
import { declareTasks } from './declarations/tasks.js';
import { declareTrials } from './declarations/trials.js';

/**
 * In the order in which help lists them. A declaration – name, arguments, options, help – loads what its command does
 * only where the command runs: that is most of the time that the program takes to start.
 */
const declarations = [
  declareRun,
  declareDrive,
  declarePlan,
  declareLs,
  declareTrials,
  declareShow,
  declarePareto,
  declareControl,
  declareRerun,
  declareEvaluate,
  declareSql,
  declareTasks,
  declareSchema,
  declareDoctor,
] as const;

/** @param end called where a command ends in another way than well */
export function createProgram(context: CommandContext, end: (end: CommandEnd) => void): Command {
  const program = new Command('sweep')
    .description(
      'Sweeps of neural differential equations that are easy to solve: regularisation weight × tolerance × solver, ' +
        'with a live Pareto frontier of NFE against loss.',
    )
    .version(context.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
    })
    .showHelpAfterError('(`sweep --help`, or `sweep COMMAND --help`, shows what there is.)')
    .addHelpText(
      'after',
      `
Exit codes: 0 all is well · 1 trials failed · 2 usage, sweep file or machine · 3 database · 70 a bug of ours ·
128 + n stopped by signal n (130 Ctrl-C, 143 SIGTERM)

Start here:
  sweep run sweeps/quickstart.yaml`,
    );
  for (const declare of declarations) declare(program, context, end);
  return program;
}
