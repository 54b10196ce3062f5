/** Lines of a byte stream, however its chunks are cut. */
import { StringDecoder } from 'node:string_decoder';

export interface LineReader {
  add(chunk: Buffer): void;
  /** What is left without a newline is a line too. */
  end(): void;
}

/** A line beyond it is no message: what follows of it is dropped, so that no program can fill the memory. */
const longestLine = 1024 * 1024;

export function createLineReader(onLine: (line: string) => void): LineReader {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const take = (text: string): void => {
    const lines = (rest + text).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(0, longestLine);
    for (const line of lines) onLine(line);
  };
  return {
    add: (chunk) => take(decoder.write(chunk)),
    end: () => {
      take(decoder.end());
      if (rest !== '') onLine(rest);
      rest = '';
    },
  };
}
