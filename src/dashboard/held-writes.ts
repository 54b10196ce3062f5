/**
 * Keeps what other code writes to the terminal until the screen is free again.
 *
 * Console output, warnings of Node and what worker threads print would tear the frame. It is kept in
 * memory, the oldest dropped beyond a limit, and written in order on release.
 */
import type { WriteStream } from 'node:tty';

export interface HeldWrites {
  /** Past the hold, to the terminal. */
  readonly write: (stream: WriteStream, text: string) => void;
  /** Ends the hold and writes what was kept; once. */
  readonly release: () => void;
}

type Chunk = string | Uint8Array;
type Written = (error?: Error | null) => void;

/** Chunks that are kept at most. */
const limit = 1000;

export function holdWrites(streams: readonly WriteStream[]): HeldWrites {
  const kept: { readonly stream: WriteStream; readonly chunk: Chunk }[] = [];
  let dropped = 0;
  const originals = streams.map((stream) => ({ stream, own: Object.getOwnPropertyDescriptor(stream, 'write') }));
  const direct = new Map(streams.map((stream) => [stream, stream.write.bind(stream)]));

  for (const stream of streams) {
    const value = (chunk: Chunk, encoding?: BufferEncoding | Written, written?: Written): boolean => {
      kept.push({ stream, chunk });
      if (kept.length > limit) {
        kept.shift();
        dropped += 1;
      }
      const done = typeof encoding === 'function' ? encoding : written;
      if (done !== undefined) queueMicrotask(done);
      return true;
    };
    Object.defineProperty(stream, 'write', { value, configurable: true, writable: true });
  }

  return {
    write: (stream, text) => {
      direct.get(stream)?.(text);
    },
    release: () => {
      for (const { stream, own } of originals) {
        if (own === undefined) Reflect.deleteProperty(stream, 'write');
        else Object.defineProperty(stream, 'write', own);
      }
      if (dropped > 0) streams[0]?.write(`(${dropped} earlier lines of output are not shown)\n`);
      for (const { stream, chunk } of kept.splice(0)) stream.write(chunk);
    },
  };
}
