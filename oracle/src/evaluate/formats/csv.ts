import { open, type FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { EvaluateError } from "../errors.ts";

async function isGzip(file: FileHandle): Promise<boolean> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

async function opened(path: string): Promise<FileHandle> {
  try {
    return await open(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EvaluateError(`cannot read ${path} (${reason}): give the path of a csv or csv.gz file`);
  }
}

/** The file's text in pieces, unpacked if it begins as gzip does. */
async function eachPiece(path: string, take: (text: string) => void): Promise<void> {
  const file = await opened(path);
  const packed = await isGzip(file);
  const bytes: Readable = file.createReadStream({ start: 0, highWaterMark: 1 << 20 });
  const decoder = new TextDecoder();
  const collect = async (source: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of source) take(decoder.decode(chunk, { stream: true }));
    take(decoder.decode());
  };
  try {
    if (packed) await pipeline(bytes, createGunzip({ chunkSize: 1 << 20 }), collect);
    else await pipeline(bytes, collect);
  } catch (error) {
    if (error instanceof EvaluateError) throw error;
    throw new EvaluateError(`${path} does not unpack: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Cells of one line; quoted cells may hold commas and doubled quotes, not line ends. */
export function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(",");
  const cells: string[] = [];
  const cell = /"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$)/y;
  for (let at = 0; at <= line.length; at = cell.lastIndex + 1) {
    cell.lastIndex = at;
    const match = cell.exec(line);
    if (match === null) throw new EvaluateError(`quotes do not match in ${line}`);
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
  }
  return cells;
}

/**
 * Reads a comma-separated file line by line, holding one piece of it at a time.
 *
 * @param header Told the header's cells; returns what takes the cells of each following line and its number in the file.
 */
export async function readCsv(
  path: string,
  header: (cells: string[]) => (cells: string[], lineNumber: number) => void,
): Promise<void> {
  let rest = "";
  let lineNumber = 0;
  let width = 0;
  let row: ((cells: string[], lineNumber: number) => void) | undefined;
  const line = (raw: string): void => {
    lineNumber += 1;
    const text = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (text === "") return;
    const cells = cellsOf(text);
    if (row === undefined) {
      width = cells.length;
      row = header(cells.map((cell) => cell.replace(/^\uFEFF/, "").trim()));
      return;
    }
    if (cells.length !== width) {
      throw new EvaluateError(`line ${lineNumber} of ${path} has ${cells.length} cells, the header has ${width}`);
    }
    row(cells, lineNumber);
  };
  await eachPiece(path, (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(line);
  });
  if (rest !== "") line(rest);
  if (row === undefined) throw new EvaluateError(`${path} is empty: the first line must name the columns`);
}

/** Where each wanted column stands; an error names the one that is missing and those that exist. */
export function columnIndices(path: string, cells: readonly string[], wanted: readonly string[]): number[] {
  return wanted.map((name) => {
    const index = cells.indexOf(name);
    if (index < 0) {
      throw new EvaluateError(`${path} has no column ${JSON.stringify(name)}; its columns are ${cells.join(", ")}`);
    }
    return index;
  });
}
