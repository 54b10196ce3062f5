/** The command line: every command on one program. */
import { Command } from 'commander';
import type { CommandContext, CommandEnd } from './command-context.js';

type AddCommand = (program: Command, context: CommandContext, end: (end: CommandEnd) => void) => void;

/**
 * By the names of what they add, in the order in which help lists them. A command's modules are loaded only where it, or
 * help on all of them, is asked for: they are most of the time that the program takes to start.
 */
const commands: readonly { readonly names: readonly string[]; readonly load: () => Promise<AddCommand> }[] = [
  { names: ['run'], load: async () => (await import('./run.js')).addRunCommand },
  { names: ['drive'], load: async () => (await import('./drive.js')).addDriveCommand },
  { names: ['plan'], load: async () => (await import('./plan.js')).addPlanCommand },
  { names: ['ls'], load: async () => (await import('./ls.js')).addLsCommand },
  { names: ['trials'], load: async () => (await import('./trials.js')).addTrialsCommand },
  { names: ['show'], load: async () => (await import('./show.js')).addShowCommand },
  { names: ['pareto'], load: async () => (await import('./pareto.js')).addParetoCommand },
  {
    names: ['stop', 'pause', 'resume', 'change', 'kill'],
    load: async () => (await import('./control.js')).addControlCommands,
  },
  { names: ['rerun'], load: async () => (await import('./rerun.js')).addRerunCommand },
  { names: ['evaluate'], load: async () => (await import('./evaluate.js')).addEvaluateCommand },
  { names: ['sql'], load: async () => (await import('./sql.js')).addSqlCommand },
  { names: ['tasks'], load: async () => (await import('./tasks.js')).addTasksCommand },
  { names: ['schema'], load: async () => (await import('./schema.js')).addSchemaCommand },
  { names: ['doctor'], load: async () => (await import('./doctor.js')).addDoctorCommand },
];

/**
 * @param end called where a command ends in another way than well
 * @param asked the first word of the command line: names the command, where it names one
 */
export async function createProgram(
  context: CommandContext,
  end: (end: CommandEnd) => void,
  asked: string | undefined,
): Promise<Command> {
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
  const named = commands.filter(({ names }) => names.some((name) => name === asked));
  const wanted = named.length > 0 ? named : commands;
  for (const add of await Promise.all(wanted.map(({ load }) => load()))) add(program, context, end);
  return program;
}
