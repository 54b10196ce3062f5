/**
 * Conditions of `where`, in CEL (the Common Expression Language): no code of the user's is run.
 *
 * All numbers are doubles, as in YAML: `2 * error_weight <= 1 / 2` means what it says (CEL's own integers
 * neither mix with doubles nor divide to fractions). Known limit: lists cannot be indexed.
 */
import { createRequire } from 'node:module';
import type * as Cel from '@marcbachmann/cel-js';
import type { Point } from '../../samplers/domain.js';

export type Condition = (point: Point) => boolean;

export type ConditionResult =
  | { readonly state: 'ok'; readonly condition: Condition }
  | { readonly state: 'wrong'; readonly message: string; readonly unknown: string | null };

/** @param names the parameters that the condition may speak of */
export function compileCondition(expression: string, names: readonly string[]): ConditionResult {
  try {
    const program = createEnvironment(names).parse(withDoubles(expression));
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

/** The language is loaded with the first condition: most sweep files have none. */
function createEnvironment(names: readonly string[]): Cel.Environment {
  const { Environment } = createRequire(import.meta.url)('@marcbachmann/cel-js') as typeof Cel;
  const environment = new Environment();
  for (const name of names) environment.registerVariable(name, 'dyn');
  environment.registerOperator('double % double', (a: number, b: number) => a % b);
  return environment;
}

/** Writes the integers of an expression as doubles; strings, names and exponents stay as they are. */
function withDoubles(expression: string): string {
  const tokens = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[A-Za-z_]\w*|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?\w*/g;
  return expression.replace(tokens, (token) => (/^\d+$/.test(token) ? `${token}.0` : token));
}
