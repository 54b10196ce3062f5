/**
 * What a sweep file says about parameters: one by one, in step with each other, and as single points.
 */
import { z } from 'zod';

const scalar = z.union([z.number(), z.string(), z.boolean()]);

export const distributions = [
  'constant',
  'categorical',
  'int_uniform',
  'uniform',
  'q_uniform',
  'log_uniform_values',
  'q_log_uniform_values',
] as const;

const logGrid = z.strictObject({
  min: z.number().positive(),
  max: z.number().positive(),
  count: z.int().min(1).max(10_000),
});

const parameterObject = z.strictObject({
  value: scalar.optional().describe('one value for every trial'),
  values: z.array(scalar).min(1).optional().describe('the values of a grid, or of random choice'),
  log_grid: logGrid.optional().describe('count values from min to max, equally spaced in the logarithm'),
  min: z.number().optional().describe('lower end of a range (every method but grid)'),
  max: z.number().optional().describe('upper end of a range (every method but grid)'),
  distribution: z.enum(distributions).optional().describe('how values are drawn between min and max'),
  q: z.number().positive().optional().describe('values of q_… distributions are multiples of it'),
  when: z
    .string()
    .optional()
    .describe(
      'varies only where this condition holds, e.g. \'solver == "tsit5"\'; elsewhere it has the task’s default',
    ),
});

export const parameterSchema = z.union([parameterObject, scalar, z.array(scalar).min(1)]).meta({ id: 'parameter' });

/** Lists of equal length, by parameter. */
export const zipSchema = z.array(z.record(z.string(), z.array(scalar).min(1))).min(1);

export const pointsSchema = z.array(z.record(z.string(), scalar)).min(1);

export type ParameterObject = z.output<typeof parameterObject>;
export type ParameterEntry = z.output<typeof parameterSchema>;

/** The keys that there are, for "did you mean". */
export const parameterKeys = Object.keys(parameterObject.shape);
export const logGridKeys = Object.keys(logGrid.shape);
