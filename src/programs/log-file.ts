/** The last of what a program printed, in a file that grows no further: written at most once a second, and in the end. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createOutputTail } from './output-tail.js';

export interface LogFile {
  add(chunk: Buffer): void;
  /** A line of ours. */
  note(line: string): void;
  text(): string;
  close(): void;
}

const millisecondsBetween = 1000;

/** @throws the error of the file system */
export function createLogFile(path: string): LogFile {
  const tail = createOutputTail();
  let timer: NodeJS.Timeout | null = null;
  const write = (): void => {
    timer = null;
    writeFileSync(path, tail.text());
  };
  mkdirSync(dirname(path), { recursive: true });
  write();
  const add = (chunk: Buffer): void => {
    tail.add(chunk);
    timer ??= setTimeout(write, millisecondsBetween);
  };
  return {
    add,
    note: (line) => add(Buffer.from(`[sweep] ${line}\n`)),
    text: () => tail.text(),
    close: () => {
      if (timer !== null) clearTimeout(timer);
      write();
    },
  };
}
