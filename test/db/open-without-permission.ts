/**
 * Opens databases as a user who may write nothing: `open-without-permission.ts DATABASE…`, run as a
 * process by tests. Prints what each door answers, as JSON.
 */
import { openReader, openStore } from '../../db/index.js';

// Root may write everywhere: become nobody. The modules are loaded by now.
if (process.getuid?.() === 0) process.setuid?.(65534);

const answer = (error: unknown): unknown => ({ ...(error as object), message: (error as Error).message });
const answers = [];
for (const path of process.argv.slice(2)) {
  for (const open of [openStore, openReader]) answers.push(await open(path).then(() => 'opened', answer));
}
process.stdout.write(JSON.stringify(answers));
