/**
 * The prompt of `sweep sql`: statements end with a semicolon, may span lines, and stay in the history.
 */
import { createInterface } from 'node:readline/promises';
import { UserError } from '../errors.js';
import type { CommandContext } from './command-context.js';

export interface SqlPromptActions {
  readonly run: (statement: string) => Promise<void>;
  readonly schema: () => Promise<void>;
}

export async function promptForSql(
  { stdin, stdout, stderr }: CommandContext,
  actions: SqlPromptActions,
): Promise<void> {
  stdout.write('Read-only SQL on the sweeps. End a statement with ";"; .schema describes the views, .quit leaves.\n');
  const lines = createInterface({ input: stdin, output: stdout, prompt: 'sql> ', historySize: 500 });
  let statement = '';
  const prompt = (): void => {
    lines.setPrompt(statement === '' ? 'sql> ' : ' ... ');
    lines.prompt();
  };
  // Ctrl-C drops what is typed; on an empty prompt it leaves.
  lines.on('SIGINT', () => {
    if (statement === '' && lines.line === '') {
      lines.close();
      return;
    }
    statement = '';
    stdout.write('\n');
    prompt();
  });
  prompt();
  for await (const line of lines) {
    const word = line.trim();
    if (word === '.quit' || word === '.exit') break;
    if (word === '.schema') await actions.schema();
    else if (word.startsWith('.')) stderr.write(`There is no command ${word}; there are .schema and .quit.\n`);
    else if (statement !== '' || word !== '') statement += `${line}\n`;
    if (statement.trimEnd().endsWith(';')) {
      await runStatement(statement, actions, stderr);
      statement = '';
    }
    prompt();
  }
  lines.close();
  if (statement.trim() !== '') await runStatement(statement, actions, stderr);
}

async function runStatement(
  statement: string,
  actions: SqlPromptActions,
  stderr: CommandContext['stderr'],
): Promise<void> {
  try {
    await actions.run(statement);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    stderr.write(`${error.message}\n`);
  }
}
