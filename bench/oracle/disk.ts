import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const WRITES = 200;
const PAGE = Buffer.alloc(4096, 1);

/** Median time of one fdatasync after a page was appended, as a commit of the write-ahead log does it; milliseconds. */
export function fdatasyncMs(directory: string): number {
  const path = join(directory, "fdatasync");
  const file = openSync(path, "w");
  const times: number[] = [];
  for (let index = 0; index < WRITES; index++) {
    writeSync(file, PAGE);
    const begun = performance.now();
    fdatasyncSync(file);
    times.push(performance.now() - begun);
  }
  closeSync(file);
  rmSync(path);
  return times.sort((a, b) => a - b)[WRITES / 2] ?? NaN;
}
