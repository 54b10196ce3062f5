/** The last of what a process printed: enough to see why it died, however much it prints. */

export interface OutputTail {
  add(chunk: Buffer): void;
  text(): string;
}

const tailBytes = 64 * 1024;

export function createOutputTail(): OutputTail {
  let chunks: Buffer[] = [];
  let bytes = 0;
  return {
    add: (chunk) => {
      chunks.push(chunk);
      bytes += chunk.length;
      // Joined now and then only, so that many small chunks cost no copy each.
      if (bytes < 2 * tailBytes) return;
      chunks = [Buffer.from(Buffer.concat(chunks).subarray(-tailBytes))];
      bytes = tailBytes;
    },
    text: () => Buffer.concat(chunks).subarray(-tailBytes).toString('utf8'),
  };
}
