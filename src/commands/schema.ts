/** `sweep schema`: the JSON schema of sweep files, for editors; `sweeps/schema.json` is its output. */
import type { Command } from 'commander';
import { sweepFileJsonSchema } from '../sweep/specification/file-schema.js';
import { writeJson, type CommandContext } from './command-context.js';

export function addSchemaCommand(program: Command, context: CommandContext): void {
  program
    .command('schema')
    .summary('print the JSON schema of sweep files, by which editors complete and check them')
    .addHelpText(
      'after',
      '\nExample:\n  sweep schema > schema.json\n\nand as first line of a sweep file:\n' +
        '  # yaml-language-server: $schema=./schema.json',
    )
    .action(() => writeJson(context, sweepFileJsonSchema()));
}
