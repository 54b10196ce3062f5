/**
 * What a schema expected, in words: from an issue of zod to the end of a sentence "… must be …".
 */
import type { z } from 'zod';
import { nearestName } from './nearest-name.js';

const typeNames: Readonly<Record<string, string>> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
};

/** What would have been right: "a number", "at least 1", "one of grid, random". */
export function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const finite = typeof issue.input === 'number' && !Number.isFinite(issue.input);
      return finite ? 'a finite number' : (typeNames[issue.expected] ?? issue.expected);
    }
    case 'too_small':
      if (issue.origin === 'string') return 'text that is not empty';
      if (issue.origin === 'array') return `a list of ${issue.minimum} or more`;
      return issue.inclusive === false ? `greater than ${issue.minimum}` : `at least ${issue.minimum}`;
    case 'too_big':
      if (issue.origin === 'string') return `at most ${issue.maximum} characters long`;
      if (issue.origin === 'array') return `a list of ${issue.maximum} or fewer`;
      return issue.inclusive === false ? `less than ${issue.maximum}` : `at most ${issue.maximum}`;
    case 'invalid_value': {
      const shown = issue.values.map((value) => (typeof value === 'string' ? value : String(value)));
      return shown.length === 1 ? `"${shown[0]}"` : `one of ${shown.join(', ')}`;
    }
    case 'invalid_union': {
      return listWithOr([...new Set(alternatives(issue))]);
    }
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`;
    case 'custom':
      return typeof issue.params?.expected === 'string' ? issue.params.expected : `right (${issue.message})`;
    case 'invalid_format':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
      return `right (${issue.message})`;
  }
}

/** What each branch of a union expected, unions within it spread out. */
function alternatives(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code !== 'invalid_union') return [expectation(issue)];
  return issue.errors.flatMap(([first]) => (first.path.length === 0 ? alternatives(first) : []));
}

function listWithOr(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} or ${parts.slice(-1).join('')}`;
}

/** A value as a message shows it: short, on one line. */
export function showValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a mapping';
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
}

/** What to do about a value that is nearly right; undefined if there is nothing to say. */
export function adviceFor(issue: z.core.$ZodIssue): string | undefined {
  if (issue.input === null) return 'An empty value is null: give a value, or remove the key.';
  const { input } = issue;
  if (typeof input !== 'string' || input.trim() === '') return undefined;
  if (issue.code === 'invalid_type' && issue.expected === 'array' && !/^[[{]/.test(input.trim())) {
    return `Write a list: [${input
      .trim()
      .split(/[\s,]+/)
      .join(', ')}].`;
  }
  if (Number.isFinite(Number(input))) return expectsNumber(issue) ? 'Write the number without quotes.' : undefined;
  const nearest = nearestName(input, possibleWords(issue));
  return nearest === null ? undefined : `Did you mean "${nearest}"?`;
}

/** The words of which a value may be one. */
function possibleWords(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'invalid_value') return issue.values.filter((value) => typeof value === 'string');
  if (issue.code !== 'invalid_union') return [];
  return issue.errors.flatMap(([first]) => (first.path.length === 0 ? possibleWords(first) : []));
}

function expectsNumber(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_union') return issue.errors.some(([first]) => expectsNumber(first));
  return issue.code === 'invalid_type' && ['number', 'int'].includes(issue.expected);
}
