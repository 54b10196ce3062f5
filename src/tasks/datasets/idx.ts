/**
 * The IDX format of the MNIST files: magic 0x00000800 + number of dimensions, big-endian sizes, then bytes
 * (LeCun, Cortes & Burges, "The MNIST database").
 */
const UNSIGNED_BYTES = 0x0800;

export interface IdxArray {
  readonly sizes: readonly number[];
  readonly values: Uint8Array;
}

/** @throws Error if the bytes are not an IDX array of unsigned bytes of their full length */
export function parseIdx(bytes: Uint8Array): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = bytes.length < 4 ? -1 : view.getUint32(0);
  const dimensions = magic - UNSIGNED_BYTES;
  if (dimensions < 1 || dimensions > 3 || bytes.length < 4 + 4 * dimensions) {
    throw new Error('Not an IDX file of unsigned bytes.');
  }
  const sizes = Array.from({ length: dimensions }, (_, k) => view.getUint32(4 + 4 * k));
  const values = bytes.subarray(4 + 4 * dimensions);
  const expected = sizes.reduce((product, size) => product * size, 1);
  if (values.length !== expected) {
    throw new Error(`The IDX file should hold ${expected} values after its header, but holds ${values.length}.`);
  }
  return { sizes, values };
}
