import { BOOK_PROTOCOL, runBook } from "./book.ts";
import type { Run } from "./harness.ts";
import { runProtocol } from "./harness.ts";
import type { Options } from "./options.ts";
import { readOptions, USAGE } from "./options.ts";
import type { Protocol } from "./protocols.ts";
import { protocolNamed } from "./registry.ts";
import { writeReport } from "./report.ts";
import { mergeResult } from "./results.ts";
import { readySubject, trainedSubject } from "./subject.ts";
import { bookSections, renderText, sections } from "./text.ts";

/** A line that is replaced by the next one on a terminal, and not written at all elsewhere. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
}

async function book(options: Options): Promise<void> {
  const result = await runBook(options.source.data);
  await mergeResult(options.results, result);
  if (options.json) console.log(JSON.stringify(result, undefined, 2));
  else console.log([result.summary, ...bookSections(result).map(renderText)].join("\n\n"));
}

function printed({ result }: Run): string {
  const trained = `${result.recipe}, seeds ${result.seeds.join(", ")}; means over ${result.folds.length} fold(s) and seeds`;
  const head = [`${result.protocol}: ${result.summary}`, trained, ...result.notes].join("\n");
  return [head, ...sections(result).map(renderText)].join("\n\n");
}

async function evaluate(options: Options, protocol: Protocol): Promise<void> {
  const subject =
    options.model === "train"
      ? await trainedSubject(options.recipe ?? protocol.recipe, protocol, progress)
      : await readySubject(options.model);
  const { seeds, budgets, holdAt } = options;
  const settings = { seeds, budgets, ...(holdAt === undefined ? {} : { holdAt }) };
  const run = await runProtocol(protocol, subject, options.source, settings, progress);
  endProgress();
  await mergeResult(options.results, run.result);
  const report = options.out === undefined ? undefined : await writeReport(options.out, run);
  if (options.json) console.log(JSON.stringify(run.result, undefined, 2));
  else console.log([printed(run), ...(report === undefined ? [] : [`\nreport: ${report}`])].join("\n"));
}

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options === undefined) {
    console.log(USAGE);
    return 0;
  }
  if (options.protocol === BOOK_PROTOCOL && options.format === "handbook") await book(options);
  else await evaluate(options, protocolNamed(options.protocol, options.format));
  return 0;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  endProgress();
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error);
  return 1;
});
