/**
 * Named vectors of numbers with some text beside them, as one file's bytes.
 *
 * Format: safetensors (https://github.com/huggingface/safetensors, "Format"): the header's length as a
 * little-endian u64, the header as JSON, padded with spaces to a multiple of 8 bytes, then the data.
 *
 * Invariant: what was encoded comes back bit by bit; of F32, numbers that f32 holds.
 * Known limits: vectors only, F32 and F64 only; bits that flip on the disk are not noticed, missing bytes are.
 */
import { z } from 'zod';

export interface NamedVector {
  readonly dtype: 'F32' | 'F64';
  readonly values: Float64Array;
}

export interface Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, NamedVector>>;
}

const lengthBytes = 8;
const alignment = 8;
const metadataName = '__metadata__';
const bytesOf = { F32: Float32Array.BYTES_PER_ELEMENT, F64: Float64Array.BYTES_PER_ELEMENT } as const;

export function encodeSafetensors({ metadata, tensors }: Safetensors): Buffer {
  const header: Record<string, unknown> = { [metadataName]: metadata };
  let dataBytes = 0;
  for (const [name, { dtype, values }] of Object.entries(tensors)) {
    const end = dataBytes + values.length * bytesOf[dtype];
    header[name] = { dtype, shape: [values.length], data_offsets: [dataBytes, end] };
    dataBytes = end;
  }
  const json = JSON.stringify(header);
  const headerBytes = Math.ceil(Buffer.byteLength(json) / alignment) * alignment;
  const bytes = Buffer.alloc(lengthBytes + headerBytes + dataBytes, ' ');
  bytes.writeBigUInt64LE(BigInt(headerBytes));
  bytes.write(json, lengthBytes);
  const data = new DataView(bytes.buffer, bytes.byteOffset + lengthBytes + headerBytes, dataBytes);
  let place = 0;
  for (const { dtype, values } of Object.values(tensors)) {
    for (const value of values) {
      if (dtype === 'F64') data.setFloat64(place, value, true);
      else data.setFloat32(place, value, true);
      place += bytesOf[dtype];
    }
  }
  return bytes;
}

const text = z.record(z.string(), z.string());

const vector = z.object({
  dtype: z.enum(['F32', 'F64']),
  shape: z.tuple([z.int().nonnegative()]),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** @throws Error if the bytes are cut off or are not what `encodeSafetensors` makes */
export function decodeSafetensors(bytes: Buffer): Safetensors {
  const dataStart = lengthBytes + Number(bytes.readBigUInt64LE());
  if (dataStart > bytes.length) throw new Error('The file has been cut off.');
  const header = JSON.parse(bytes.toString('utf8', lengthBytes, dataStart)) as Record<string, unknown>;
  const { [metadataName]: metadata, ...described } = header;
  const data = new DataView(bytes.buffer, bytes.byteOffset + dataStart, bytes.length - dataStart);
  const tensors: Record<string, NamedVector> = {};
  let dataBytes = 0;
  for (const [name, description] of Object.entries(described)) {
    const { dtype, shape, data_offsets: offsets } = vector.parse(description);
    const [start, end] = offsets;
    const size = bytesOf[dtype];
    if (start !== dataBytes || end !== start + size * shape[0]) throw new Error(`The place of ${name} is wrong.`);
    if (end > data.byteLength) throw new Error('The file has been cut off.');
    tensors[name] = {
      dtype,
      values: Float64Array.from({ length: shape[0] }, (_, index) =>
        dtype === 'F64' ? data.getFloat64(start + size * index, true) : data.getFloat32(start + size * index, true),
      ),
    };
    dataBytes = end;
  }
  if (data.byteLength !== dataBytes) throw new Error('The file is longer than it says.');
  return { metadata: text.parse(metadata), tensors };
}
