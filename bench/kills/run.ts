import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { mulberry32 } from "../../oracle/src/train/random.ts";
import { startNode } from "../oracle/processes.ts";
import { authorizePayments, deploySite, startWorld } from "../oracle/world.ts";
import { killAgainAndAgain, type Lives } from "./lives.ts";
import { verify, type Verdict } from "./verify.ts";

export interface KillRun {
  readonly directory: string;
  readonly payments: number;
  readonly times: number;
  readonly longestMs: number;
  readonly seed: number;
  readonly durability: "power" | "process";
  readonly progress?: (life: number) => void;
}

/** A chain, a node that is killed again and again under load, a last life that ends in order, and the verdict on its files. */
export async function runKills(run: KillRun): Promise<{ lives: Lives; verdict: Verdict }> {
  const { directory, payments, times, longestMs, seed, durability, progress } = run;
  const world = await startWorld(directory);
  try {
    const site = await deploySite(world, 1, 1);
    const file = join(directory, "bodies");
    const settled = await authorizePayments(world, site, payments, seed, file);
    const bodies = (await readFile(file, "utf8")).trimEnd().split("\n");
    const home = join(directory, "node");
    const node = { home, site, attester: 0, changes: { durability } };
    const random = mulberry32(seed);
    const watched = progress === undefined ? {} : { progress };
    const lives = await killAgainAndAgain({ node, bodies, times, longestMs, random, ...watched });
    const last = await startNode({ ...node, settled });
    await last.stop();
    return { lives, verdict: await verify(join(home, "data"), lives) };
  } finally {
    await world.close();
  }
}
