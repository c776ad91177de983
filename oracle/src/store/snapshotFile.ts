import { createHash } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { endianness } from "node:os";
import { z } from "zod";

import { FilePort } from "./snapshotPorts.ts";

const FORMAT = "sluice history 1";
/** The header stands in front, padded with spaces: its length is known before anything is read. */
const HEADER_BYTES = 65_536;
const SHA256_BYTES = 32;
/** Bytes hashed and written in one turn of the event loop: about a millisecond's work. */
const PIECE = 1_048_576;

const word = z.string().regex(/^0x[0-9a-f]{64}$/);

const headerSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** Byte order of the arrays. */
  endianness: z.enum(["LE", "BE"]),
  /** Of the code that folded it: another release may fold otherwise. */
  code: z.string(),
  chainId: z.int(),
  genesisHash: word,
  gate: z.string(),
  escrow: z.string(),
  lists: z.string(),
  /** The token table. */
  key: z.string(),
  /** The newest block it knows of, and its hash. */
  block: z.int().min(0),
  hash: word,
  events: z.int().min(0),
  /** Length of the state behind the header. */
  bytes: z.int().min(0),
});

export type SnapshotHeader = Omit<z.infer<typeof headerSchema>, "format" | "endianness">;

/** Why a snapshot is not used; nothing is wrong with the node. */
export class SnapshotRefused extends Error {
  override readonly name = "SnapshotRefused";
}

/** Two small writes into one file at once would be one file of two halves: every write has a name of its own. */
let writes = 0;

/**
 * Writes a snapshot: on the disk under a temporary name first, so that there is a whole one under its own name or none.
 *
 * @param stillTrue Asked between pieces: once it is false, what was written is thrown away.
 * @returns Whether the file stands there.
 */
export async function writeSnapshot(
  path: string,
  header: SnapshotHeader,
  parts: readonly Uint8Array[],
  stillTrue: () => boolean,
): Promise<boolean> {
  const part = `${path}.${process.pid}-${writes++}.part`;
  const file = await open(part, "wx", 0o600);
  try {
    const isWhole = await writeAll(file, headerBytes(header), parts, stillTrue);
    await file.close();
    if (isWhole && stillTrue()) await rename(part, path);
    else await rm(part, { force: true });
    return isWhole && stillTrue();
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(part, { force: true });
    throw error;
  }
}

function headerBytes(header: SnapshotHeader): Uint8Array {
  const text = JSON.stringify({ format: FORMAT, endianness: endianness(), ...header });
  const bytes = Buffer.from(text.padEnd(HEADER_BYTES));
  if (bytes.length === HEADER_BYTES) return bytes;
  throw new RangeError("the token table is too long for the header of a snapshot");
}

async function writeAll(
  file: FileHandle,
  header: Uint8Array,
  parts: readonly Uint8Array[],
  stillTrue: () => boolean,
): Promise<boolean> {
  const hash = createHash("sha256");
  for (const part of [header, ...parts]) {
    for (let from = 0; from < part.length; from += PIECE) {
      if (!stillTrue()) return false;
      const piece = part.subarray(from, from + PIECE);
      hash.update(piece);
      await writeWhole(file, piece);
    }
  }
  await writeWhole(file, hash.digest());
  await file.datasync();
  return true;
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
}

/**
 * Reads a snapshot. Its state is read only after its checksum was found right.
 *
 * @param accept Throws SnapshotRefused where the state is not the one that is wanted.
 * @param restore Reads the state out of the port, all of it.
 * @throws SnapshotRefused where there is no snapshot, or it is damaged or not accepted.
 */
export async function readSnapshot<T>(
  path: string,
  accept: (header: SnapshotHeader) => Promise<void>,
  restore: (port: FilePort) => T,
): Promise<{ header: SnapshotHeader; state: T }> {
  const file = await open(path, "r");
  try {
    const header = await readHeader(file);
    await accept(header);
    const end = HEADER_BYTES + header.bytes;
    const { size } = await file.stat();
    if (size !== end + SHA256_BYTES) throw new SnapshotRefused(`it has ${size} bytes, not ${end + SHA256_BYTES}`);
    await checkSum(file, end);
    const port = new FilePort(file.fd, HEADER_BYTES, end);
    const state = restore(port);
    if (port.left > 0) throw new SnapshotRefused(`${port.left} bytes of it belong to nothing`);
    return { header, state };
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle): Promise<SnapshotHeader> {
  const bytes = new Uint8Array(HEADER_BYTES);
  const { bytesRead } = await file.read(bytes, 0, HEADER_BYTES, 0);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes.subarray(0, bytesRead)));
  } catch {
    throw new SnapshotRefused("its header cannot be read");
  }
  const parsed = headerSchema.safeParse(json);
  if (!parsed.success) throw new SnapshotRefused("its header is of another format");
  if (parsed.data.endianness !== endianness()) throw new SnapshotRefused("its numbers have another byte order");
  return parsed.data;
}

async function checkSum(file: FileHandle, end: number): Promise<void> {
  const hash = createHash("sha256");
  const bytes = new Uint8Array(PIECE);
  for (let at = 0; at < end;) {
    const { bytesRead } = await file.read(bytes, 0, Math.min(PIECE, end - at), at);
    if (bytesRead === 0) throw new SnapshotRefused("it ends too early");
    hash.update(bytes.subarray(0, bytesRead));
    at += bytesRead;
  }
  const written = new Uint8Array(SHA256_BYTES);
  await file.read(written, 0, SHA256_BYTES, end);
  if (!hash.digest().equals(written)) throw new SnapshotRefused("its checksum is wrong");
}
