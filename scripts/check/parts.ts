/** What a part of the check found; `lines` say what is wrong. */
export type Finding = { ok: boolean; lines: string[] };

export type Part = { name: string; run: () => Promise<Finding> };
export type PartResult = { name: string; finding: Finding };

export function failed(...lines: string[]): Finding {
  return { ok: false, lines };
}

/** Ok when there is nothing to say. */
export function findingOf(lines: string[]): Finding {
  return { ok: lines.length === 0, lines };
}

/** Runs parts, a few at once, and prints one line for each as it ends; a failed part's findings follow its line. */
export async function runParts(parts: Part[], atOnce: number): Promise<PartResult[]> {
  const results: PartResult[] = [];
  const waiting = [...parts];
  const worker = async (): Promise<void> => {
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const result = { name: part.name, finding: await outcomeOf(part) };
      results.push(result);
      print(result);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

async function outcomeOf(part: Part): Promise<Finding> {
  try {
    return await part.run();
  } catch (error) {
    return failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function print({ name, finding }: PartResult): void {
  console.log(`${finding.ok ? "ok    " : "FAILED"} ${name}`);
  for (const line of finding.ok ? [] : finding.lines) console.log(`       ${line}`);
}
