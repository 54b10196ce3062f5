/**
 * Values over a pipe between two Node processes: each as its length (u32, little-endian) and its structured clone.
 *
 * Structured clones, not JSON: NaN, −0 and typed arrays arrive as they were sent, and what cannot be cloned throws at
 * the sender, as it does between threads.
 */
import { deserialize, serialize } from 'node:v8';

const lengthBytes = 4;

/** @throws DataCloneError if the value holds something that cannot cross, such as a function */
export function encodeFrame(value: unknown): Buffer {
  const body = serialize(value);
  const frame = Buffer.allocUnsafe(lengthBytes + body.length);
  frame.writeUInt32LE(body.length);
  body.copy(frame, lengthBytes);
  return frame;
}

/** @returns what takes the pipe's chunks, however they are cut; `onValue` is called once for each whole frame, in order */
export function createFrameReader(onValue: (value: unknown) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    while (rest.length - start >= lengthBytes) {
      const end = start + lengthBytes + rest.readUInt32LE(start);
      if (rest.length < end) break;
      // A copy: what is read back must not hold the chunk, nor start at an odd place in it.
      onValue(deserialize(Buffer.from(rest.subarray(start + lengthBytes, end))));
      start = end;
    }
    rest = rest.subarray(start);
  };
}
