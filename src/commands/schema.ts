/** `sweep schema`: the JSON schema of sweep files, for editors; `sweeps/schema.json` is its output. */
import { sweepFileJsonSchema } from '../sweep/specification/file-schema.js';
import { writeJson, type CommandContext } from './command-context.js';

export function writeFileSchema(context: CommandContext): void {
  writeJson(context, sweepFileJsonSchema());
}
