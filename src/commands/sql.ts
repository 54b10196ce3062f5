/** `sweep sql ["SELECT …"]`: one read-only query, or a prompt; works while a sweep runs. */
import type { QueryResult, Reader } from '../../db/index.js';
import { formatTable } from '../report/format-table.js';
import { databasePath, tableOptions, writeJson, type CommandContext, type DatabaseOptions } from './command-context.js';
import { promptForSql } from './sql-prompt.js';
import { withReader } from './with-reader.js';

export interface SqlOptions extends DatabaseOptions {
  readonly schema?: boolean;
}

export async function querySweeps(
  context: CommandContext,
  query: string | undefined,
  options: SqlOptions,
): Promise<void> {
  await withReader(databasePath(context, options), async (reader) => {
    if (options.schema === true) await writeSchema(context, reader, options);
    else if (query !== undefined && query !== '-') writeResult(context, await reader.query(query), options);
    else if (query === undefined && context.stdin.isTTY) {
      await promptForSql(context, {
        run: async (statement) => writeResult(context, await reader.query(statement, { limit: 1000 }), options),
        schema: () => writeSchema(context, reader, options),
      });
    } else writeResult(context, await reader.query(await readAll(context)), options);
  });
}

function writeResult(context: CommandContext, result: QueryResult, { json }: DatabaseOptions): void {
  const rows = result.rows.map((row) => row.map((value) => (Buffer.isBuffer(value) ? value.toString('hex') : value)));
  if (json === true) {
    writeJson(context, { columns: result.columns, rows });
    return;
  }
  const columns = result.columns.map((title) => ({ title }));
  context.stdout.write(formatTable(columns, rows, { color: tableOptions(context).color }));
  if (result.truncated) context.stdout.write(`(the first ${rows.length} rows)\n`);
}

async function writeSchema(context: CommandContext, reader: Reader, { json }: DatabaseOptions): Promise<void> {
  const views = await reader.schema();
  if (json === true) {
    writeJson(context, views);
    return;
  }
  for (const { name, description, columns } of views) {
    context.stdout.write(`${name}: ${description}\n`);
    const width = Math.max(...columns.map((column) => column.name.length));
    for (const column of columns) context.stdout.write(`  ${column.name.padEnd(width)}  ${column.description}\n`);
    context.stdout.write('\n');
  }
}

async function readAll({ stdin }: CommandContext): Promise<string> {
  let text = '';
  stdin.setEncoding('utf8');
  for await (const chunk of stdin) text += String(chunk);
  return text;
}
