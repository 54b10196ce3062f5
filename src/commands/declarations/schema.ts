/** `sweep schema`. */
import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';

export function declareSchema(program: Command, context: CommandContext): void {
  program
    .command('schema')
    .summary('print the JSON schema of sweep files, by which editors complete and check them')
    .addHelpText(
      'after',
      '\nExample:\n  sweep schema > schema.json\n\nand as first line of a sweep file:\n' +
        '  # yaml-language-server: $schema=./schema.json',
    )
    .action(async () => {
      const { writeFileSchema } = await import('../schema.js');
      writeFileSchema(context);
    });
}
