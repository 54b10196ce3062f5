/**
 * Rows of many trials, by number, a thousand in memory at a time: what is made of them takes a fraction of it, and a garbage
 * collector meets few that live.
 */
const rowsAtATime = 1000;

interface NumberedRow {
  /** Of the trial. */
  readonly number: number;
}

/**
 * @param after only trials of greater numbers
 * @param read so many rows of greater numbers than the one given, by number
 */
export async function forRowsByNumber<Row extends NumberedRow>(
  after: number,
  read: (after: number, most: number) => Promise<readonly Row[]>,
  take: (rows: readonly Row[]) => void | Promise<void>,
): Promise<void> {
  let last = after;
  for (;;) {
    const rows = await read(last, rowsAtATime);
    await take(rows);
    if (rows.length < rowsAtATime) return;
    last = rows[rows.length - 1].number;
  }
}
