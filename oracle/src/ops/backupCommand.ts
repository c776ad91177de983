import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { messageOf, OracleError } from "../errors.ts";
import { FENCE_REQUIRED } from "../store/guardMeta.ts";
import { exportGuard } from "../store/guardTransfer.ts";
import { openGuardOf, type StoreSettings } from "../store/open.ts";

/** What cannot be read from the chain again. */
const FILES = ["guard.sqlite", "service.sqlite"] as const;

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Copies a database as it is at one moment, while others write to it. */
function copyFile(from: string, to: string): void {
  const source = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    source.prepare("vacuum into ?").run(to);
  } finally {
    source.close();
  }
}

/** A copy starts fenced wherever it is put: signatures made after it are not in it. */
function fenceCopy(path: string): void {
  const copy = new DatabaseSync(path);
  try {
    copy.prepare("insert or replace into meta (name, value) values ('fence', ?)").run(FENCE_REQUIRED);
    copy.exec("delete from meta where name = 'instance'");
  } finally {
    copy.close();
  }
}

function copyFiles(dataDir: string, out: string): string {
  for (const name of FILES) {
    copyFile(join(dataDir, name), join(out, name));
    if (name === "guard.sqlite") fenceCopy(join(out, name));
    sync(join(out, name));
  }
  return FILES.join(", ");
}

async function exportTo(settings: StoreSettings, out: string): Promise<string> {
  const guard = await openGuardOf(settings);
  try {
    const { rows } = await exportGuard(guard, join(out, "guard.jsonl"));
    return `guard.jsonl with ${rows} rows`;
  } finally {
    await guard.destroy();
  }
}

/**
 * Writes what cannot be read from the chain again into a new directory, beside a running node, too: of SQLite the guard's and
 * the API's file, of PostgreSQL the guard as lines of JSON. The directory appears under its name only once it is whole.
 *
 * @returns Text to print.
 * @throws OracleError BACKUP_INVALID, STORE_UNAVAILABLE.
 */
export async function backupCommand(settings: StoreSettings, out: string): Promise<string> {
  if (existsSync(out)) throw new OracleError("BACKUP_INVALID", `--out: ${out} is there: each backup has its own`);
  const part = `${out}.part-${process.pid}`;
  try {
    mkdirSync(part, { recursive: true, mode: 0o700 });
    const { databaseUrl, dataDir } = settings;
    const done = databaseUrl === undefined ? copyFiles(dataDir, part) : await exportTo(settings, part);
    sync(part);
    renameSync(part, out);
    sync(dirname(resolve(out)));
    return `${done} in ${out}`;
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (error instanceof OracleError) throw error;
    throw new OracleError("BACKUP_INVALID", `${out} cannot be written: ${messageOf(error)}`, undefined, error);
  }
}
