/**
 * Conditions of `where`, in CEL (the Common Expression Language): no code of the user's is run.
 *
 * Integers and doubles may be mixed, as in YAML: `2 * error_weight <= 0.5`.
 */
import { Environment } from '@marcbachmann/cel-js';
import type { Point } from '../../samplers/domain.js';

export type Condition = (point: Point) => boolean;

export type ConditionResult =
  | { readonly state: 'ok'; readonly condition: Condition }
  | { readonly state: 'wrong'; readonly message: string; readonly unknown: string | null };

/** @param names the parameters that the condition may speak of */
export function compileCondition(expression: string, names: readonly string[]): ConditionResult {
  const environment = createEnvironment(names);
  try {
    const program = environment.parse(expression);
    const checked = program.check();
    if (!checked.valid) throw checked.error ?? new Error('it does not type-check');
    const condition: Condition = (point) => {
      const value: unknown = program({ ...point });
      if (typeof value !== 'boolean') throw new Error(`it gives ${String(value)}, not true or false`);
      return value;
    };
    return { state: 'ok', condition };
  } catch (error) {
    const [message] = String(error instanceof Error ? error.message : error).split('\n');
    return { state: 'wrong', message, unknown: /Unknown variable: (\S+)/.exec(message)?.[1] ?? null };
  }
}

function createEnvironment(names: readonly string[]): Environment {
  const environment = new Environment();
  for (const name of names) environment.registerVariable(name, 'dyn');
  const operators: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [operator, compute] of Object.entries(operators)) {
    environment.registerOperator(`double ${operator} int`, (a: number, b: bigint) => compute(a, Number(b)));
    environment.registerOperator(`int ${operator} double`, (a: bigint, b: number) => compute(Number(a), b));
  }
  return environment;
}
