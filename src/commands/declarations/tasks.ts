/** `sweep tasks [TASK]`. */
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import type { TasksOptions } from '../tasks.js';

export function declareTasks(program: Command, context: CommandContext): void {
  program
    .command('tasks')
    .summary('list the tasks, or the parameters of one')
    .argument('[task]', 'name of a task, or the path of a task module')
    .option('--json', 'one JSON document; the parameters as JSON schema')
    .addHelpText('after', '\nExamples:\n  sweep tasks\n  sweep tasks mnist-node\n  sweep tasks ./my-task.mjs')
    .action(async (name: string | undefined, options: TasksOptions) => {
      const { listTasks } = await import('../tasks.js');
      await listTasks(context, name, options);
    });
}
