import { createHash, type Hash } from "node:crypto";
import { closeSync, createReadStream, fsyncSync, openSync, renameSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";

import { messageOf, OracleError } from "../errors.ts";
import type { GuardRow } from "./schema.ts";

const FORMAT = "sluice guard 1";
const hash = z.string().regex(/^0x[0-9a-f]{64}$/);
const address = z.string().regex(/^0x[0-9a-f]{40}$/);
const block = z.int().min(0);

const headSchema = z.strictObject({
  format: z.literal(FORMAT),
  chainId: z.int().min(1),
  genesisHash: hash,
  gate: address,
  escrow: address,
  lists: address.or(z.literal("none")),
  signers: z.array(address).min(1),
  rows: z.int().min(0),
  newestAsOf: block.nullable(),
});

const rowSchema = z.strictObject({
  subject: hash,
  epoch: address,
  as_of: block,
  as_of_hash: hash,
  facts: hash,
  signature: z
    .string()
    .regex(/^0x[0-9a-f]{128}$/)
    .nullable(),
});

const tailSchema = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

/** What an exported guard belongs to, and how much it holds. */
export type GuardHead = Omit<z.infer<typeof headSchema>, "format">;

function damaged(path: string, what: string): OracleError {
  return new OracleError("BACKUP_INVALID", `${path} is no whole export of a guard: ${what}. Nothing was imported`);
}

/**
 * Writes a guard as lines of JSON: what it belongs to, its rows, and the SHA-256 of the lines before. The file appears under
 * its name only once it is whole and on the disk.
 *
 * @throws OracleError BACKUP_INVALID where the file cannot be written.
 */
export async function writeGuardFile(
  path: string,
  head: GuardHead,
  slices: AsyncIterable<readonly GuardRow[]>,
): Promise<void> {
  const part = `${path}.part`;
  try {
    const descriptor = openSync(part, "w", 0o600);
    const digest = createHash("sha256");
    const write = (lines: readonly unknown[]): void => {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
      digest.update(text);
      writeSync(descriptor, text);
    };
    try {
      write([{ format: FORMAT, ...head }]);
      for await (const rows of slices) write(rows);
      write([{ sha256: digest.copy().digest("hex") }]);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(part, path);
  } catch (error) {
    if (error instanceof OracleError) throw error;
    throw new OracleError("BACKUP_INVALID", `${path} cannot be written: ${messageOf(error)}`, undefined, error);
  }
}

interface Lines {
  readonly path: string;
  readonly lines: AsyncIterator<string>;
  readonly digest: Hash;
}

function parse<T>({ path }: Lines, line: string, schema: z.ZodType<T>, number: number): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw damaged(path, `line ${number}: ${messageOf(error)}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw damaged(path, `line ${number}: ${parsed.error.issues.map((issue) => issue.message).join(", ")}`);
}

async function nextLine({ path, lines }: Lines): Promise<string> {
  const next = await lines.next();
  if (next.done === true) throw damaged(path, "its end is missing");
  return next.value;
}

async function* rowsOf(reading: Lines, count: number, sliceRows: number): AsyncGenerator<readonly GuardRow[]> {
  let slice: GuardRow[] = [];
  for (let index = 0; index < count; index++) {
    const line = await nextLine(reading);
    slice.push(parse(reading, line, rowSchema, index + 2));
    reading.digest.update(`${line}\n`);
    if (slice.length < sliceRows) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
  const { sha256 } = parse(reading, await nextLine(reading), tailSchema, count + 2);
  if (sha256 !== reading.digest.digest("hex")) throw damaged(reading.path, "its checksum does not fit");
  if ((await reading.lines.next()).done !== true) throw damaged(reading.path, "it goes on after its checksum");
}

/**
 * Reads an exported guard. The slices throw at their end where the checksum does not fit, so whatever is done with the rows
 * must be taken back then.
 *
 * @throws OracleError BACKUP_INVALID.
 */
export async function readGuardFile(
  path: string,
  sliceRows: number,
): Promise<{ readonly head: GuardHead; readonly slices: AsyncIterable<readonly GuardRow[]> }> {
  const stream = createReadStream(path);
  try {
    await new Promise((resolve, reject) => stream.once("open", resolve).once("error", reject));
  } catch (error) {
    throw new OracleError("BACKUP_INVALID", `${path} cannot be read: ${messageOf(error)}`, undefined, error);
  }
  const lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]();
  const reading: Lines = { path, lines, digest: createHash("sha256") };
  const first = await nextLine(reading);
  const { format: _, ...head } = parse(reading, first, headSchema, 1);
  reading.digest.update(`${first}\n`);
  return { head, slices: rowsOf(reading, head.rows, sliceRows) };
}
