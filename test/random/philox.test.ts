import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, philox } from '../../src/random/philox.js';

function block(counter: readonly number[], key: readonly number[]): number[] {
  const out = new Uint32Array(4);
  philox(out, Uint32Array.from(counter), Uint32Array.from(key));
  return [...out];
}

/** The paper's definition, word for word, in integers of any size. */
function blockByDefinition(counter: readonly number[], key: readonly number[]): number[] {
  const word = (x: bigint) => BigInt.asUintN(32, x);
  let [r0 = 0n, l0 = 0n, r1 = 0n, l1 = 0n] = counter.map(BigInt);
  let [k0 = 0n, k1 = 0n] = key.map(BigInt);
  for (let round = 0; round < 10; round += 1) {
    const product0 = 0xd2511f53n * r0;
    const product1 = 0xcd9e8d57n * r1;
    [r0, l0, r1, l1] = [(product1 >> 32n) ^ l0 ^ k0, word(product1), (product0 >> 32n) ^ l1 ^ k1, word(product0)];
    k0 = word(k0 + 0x9e3779b9n);
    k1 = word(k1 + 0xbb67ae85n);
  }
  return [r0, l0, r1, l1].map(Number);
}

const anyWord = fc.integer({ min: 0, max: 0xffffffff });

describe('philox', () => {
  it.each([
    {
      name: 'zeros',
      counter: [0, 0, 0, 0],
      key: [0, 0],
      expected: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    },
    {
      name: 'ones',
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      expected: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    },
    {
      name: 'the digits of π',
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      expected: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    },
  ])("gives the authors' known answer for a counter and key of $name", ({ counter, key, expected }) => {
    expect(block(counter, key)).toEqual(expected);
  });

  it('equals its definition in exact integers for any counter and key', () => {
    fc.assert(
      fc.property(
        fc.tuple(anyWord, anyWord, anyWord, anyWord),
        fc.tuple(anyWord, anyWord),
        (counter, key) => block(counter, key).join() === blockByDefinition(counter, key).join(),
      ),
      { numRuns: 2000, seed: 4 },
    );
  });

  it('may write its block over its counter', () => {
    const words = Uint32Array.of(1, 2, 3, 4);
    philox(words, words, Uint32Array.of(5, 6));
    expect([...words]).toEqual(block([1, 2, 3, 4], [5, 6]));
  });
});

describe('advance', () => {
  it.each([
    { from: [0, 0, 7, 8], to: [1, 0, 7, 8] },
    { from: [0x7fffffff, 0, 7, 8], to: [0x80000000, 0, 7, 8] },
    { from: [0xffffffff, 4, 7, 8], to: [0, 5, 7, 8] },
    { from: [0xffffffff, 0xffffffff, 7, 8], to: [0, 0, 7, 8] },
  ])('counts in 64 bits and leaves the identity alone: $from to $to', ({ from, to }) => {
    const counter = Uint32Array.from(from);
    advance(counter);
    expect([...counter]).toEqual(to);
  });
});
