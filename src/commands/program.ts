/** The command line: every command on one program, which tests drive as the bin does. */
import { Command } from 'commander';
import type { CommandContext, CommandEnd } from './command-context.js';
import { addControlCommands } from './control.js';
import { addDriveCommand } from './drive.js';
import { addDoctorCommand } from './doctor.js';
import { addEvaluateCommand } from './evaluate.js';
import { addLsCommand } from './ls.js';
import { addParetoCommand } from './pareto.js';
import { addPlanCommand } from './plan.js';
import { addRerunCommand } from './rerun.js';
import { addRunCommand } from './run.js';
import { addSchemaCommand } from './schema.js';
import { addShowCommand } from './show.js';
import { addSqlCommand } from './sql.js';
import { addTasksCommand } from './tasks.js';
import { addTrialsCommand } from './trials.js';

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
  addRunCommand(program, context, end);
  addDriveCommand(program, context, end);
  addPlanCommand(program, context);
  addLsCommand(program, context);
  addTrialsCommand(program, context);
  addShowCommand(program, context);
  addParetoCommand(program, context);
  addControlCommands(program, context);
  addRerunCommand(program, context, end);
  addEvaluateCommand(program, context, end);
  addSqlCommand(program, context);
  addTasksCommand(program, context);
  addSchemaCommand(program, context);
  addDoctorCommand(program, context);
  return program;
}
