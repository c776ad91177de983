import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Directories of one test file, removed together. */
export class Scratch {
  readonly #dirs: string[] = [];

  dir(): string {
    const dir = mkdtempSync(join(tmpdir(), "sluice-oracle-"));
    this.#dirs.push(dir);
    return dir;
  }

  clean(): void {
    for (const dir of this.#dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  }
}
