import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fileSchema, trialKeys } from '../../../src/sweep/specification/file-schema.js';
import { distributions, parameterKeys } from '../../../src/sweep/specification/parameter-schema.js';
import { retriableReasonCodes } from '../../../src/training/reason-codes.js';
import { plan } from './read.js';

const page = readFileSync(new URL('../../../docs/sweep-files.md', import.meta.url), 'utf8');

describe('docs/sweep-files.md', () => {
  it('names every key, distribution and reason that a sweep file may hold', () => {
    const keys = [...Object.keys(fileSchema.shape), ...parameterKeys, ...trialKeys];
    for (const word of [...keys, ...distributions, ...retriableReasonCodes]) {
      expect(page, word).toMatch(new RegExp(`\\b${word}\\b`));
    }
  });

  const examples = Array.from(page.matchAll(/```yaml\n([^]*?)```/g), ([, text]) => text);

  it.each(examples)('has an example that plans without a warning: %#', (text) => {
    const { cells, warnings } = plan(text);
    expect(cells.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  });

  it('counts the cells of its examples right', () => {
    const sizeOf = (part: string): number => plan(examples.find((text) => text.includes(part)) ?? '').cells.length;
    expect(sizeOf('1 of bosh3')).toBe(3);
    expect(sizeOf('4 cells in all')).toBe(4);
  });
});
