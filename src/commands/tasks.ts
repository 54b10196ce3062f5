/** `sweep tasks [TASK]`: what can be swept, and every parameter with its default. */
import { z } from 'zod';
import { formatTable } from '../report/format-table.js';
import { builtinTasks, loadTask } from '../tasks/index.js';
import type { Task } from '../tasks/task.js';
import { tableOptions, writeJson, type CommandContext } from './command-context.js';
import { resolveTaskName } from './resolve-task-name.js';

export interface TasksOptions {
  readonly json?: boolean;
}

interface ParameterSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly ParameterSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly default?: unknown;
  readonly description?: string;
}

export async function listTasks(
  context: CommandContext,
  name: string | undefined,
  { json }: TasksOptions,
): Promise<void> {
  const tasks = name === undefined ? builtinTasks : [await loadTask(resolveTaskName(name, process.cwd()))];
  if (json === true) {
    writeJson(
      context,
      tasks.map((task) => ({ name: task.name, summary: task.summary, parameters: z.toJSONSchema(task.parameters) })),
    );
  } else if (name === undefined) writeTasks(context);
  else writeParameters(context, tasks[0]);
}

function writeTasks(context: CommandContext): void {
  const columns = [{ title: 'task' }, { title: 'what' }];
  const rows = builtinTasks.map(({ name, summary }) => [name, summary]);
  context.stdout.write(formatTable(columns, rows, tableOptions(context)));
  context.stdout.write('\n`sweep tasks TASK` lists the parameters of a task.\n');
}

function writeParameters(context: CommandContext, task: Task): void {
  const { properties = {} } = z.toJSONSchema(task.parameters, { io: 'input' }) as {
    readonly properties?: Readonly<Record<string, ParameterSchema>>;
  };
  context.stdout.write(`${task.name}: ${task.summary}\n\n`);
  const rows = Object.entries(properties).map(([name, schema]) => [
    name,
    String(schema.default),
    allowedValues(schema),
    schema.description ?? '',
  ]);
  const columns = [
    { title: 'parameter' },
    { title: 'default', align: 'right' as const },
    { title: 'values' },
    { title: 'meaning' },
  ];
  context.stdout.write(formatTable(columns, rows, tableOptions(context)));
}

function allowedValues(schema: ParameterSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(allowedValues).join(' | ');
  if (schema.enum !== undefined) return schema.enum.map(String).join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const bounds = [
    schema.minimum === undefined || schema.minimum === Number.MIN_SAFE_INTEGER ? null : `≥ ${schema.minimum}`,
    schema.exclusiveMinimum === undefined ? null : `> ${schema.exclusiveMinimum}`,
    schema.maximum === undefined || schema.maximum === Number.MAX_SAFE_INTEGER ? null : `≤ ${schema.maximum}`,
    schema.exclusiveMaximum === undefined ? null : `< ${schema.exclusiveMaximum}`,
  ];
  return [schema.type ?? 'any', ...bounds.filter((bound) => bound !== null)].join(' ');
}
