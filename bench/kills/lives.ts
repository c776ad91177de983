import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { Connection, requestBytes } from "../oracle/connection.ts";
import { startNode, type NodeOptions } from "../oracle/processes.ts";
import { PATH } from "../oracle/rounds.ts";

const CONNECTIONS = 8;
/** Every other request is about a payment that was asked about before. */
const SHARE_ASKED_AGAIN = 0.5;

/** What one answer said, as far as it must never be said otherwise. */
export interface Said {
  readonly id: string;
  readonly epoch: string;
  readonly asOf: number;
  readonly asOfHash: string;
  readonly packedFacts: string;
  readonly signature: string;
}

export interface Lives {
  /** Everything that was answered, by what it is about. */
  readonly answered: ReadonlyMap<string, Said>;
  readonly answers: number;
  /** Milliseconds from the start of each process until it was ready. */
  readonly readyMs: readonly number[];
  /** Answers that contradict an earlier one; there must be none. */
  readonly contradictions: readonly string[];
}

export interface KillOptions {
  readonly node: NodeOptions;
  readonly bodies: readonly string[];
  readonly times: number;
  /** Longest time under load before a kill, in milliseconds. */
  readonly longestMs: number;
  readonly random: () => number;
  readonly progress?: (life: number) => void;
}

interface AnswerBody extends Omit<Said, "signature"> {
  readonly signatures: readonly { readonly signature: string }[];
}

function saidOf(body: Buffer): Said {
  const { id, epoch, asOf, asOfHash, packedFacts, signatures } = JSON.parse(body.toString()) as AnswerBody; // the API's schema
  return { id, epoch, asOf, asOfHash, packedFacts, signature: signatures[0]?.signature ?? "" };
}

export const keyOf = ({ id, epoch, asOf, asOfHash }: Said): string => `${id}/${epoch}/${asOf}/${asOfHash}`;

/** Collects what was answered over all lives of a node. */
class Ledger {
  readonly answered = new Map<string, Said>();
  readonly contradictions: string[] = [];
  answers = 0;

  add(said: Said): void {
    this.answers += 1;
    const before = this.answered.get(keyOf(said));
    if (before === undefined) this.answered.set(keyOf(said), said);
    else if (before.packedFacts !== said.packedFacts || before.signature !== said.signature) {
      this.contradictions.push(`${keyOf(said)}: ${JSON.stringify(before)} and ${JSON.stringify(said)}`);
    }
  }
}

/** Asks one thing after the other until the node dies; an answer that did not arrive whole counts as none. */
async function askUntilDeath(url: URL, next: () => string, ledger: Ledger): Promise<void> {
  let connection: Connection;
  try {
    connection = await Connection.open(url);
  } catch {
    return; // it died before
  }
  for (;;) {
    let answer;
    try {
      answer = await connection.send(requestBytes(url, PATH, next()));
    } catch {
      return; // the death that was waited for
    }
    if (answer.status !== 200) throw new Error(`answered ${answer.status}: ${answer.body.toString().slice(0, 300)}`);
    ledger.add(saidOf(answer.body));
  }
}

/**
 * Starts a node, loads it, kills it with SIGKILL at a random moment, and does so again and again on the same data directory.
 *
 * @throws when a node does not start, or answers anything but 200 while it lives.
 */
export async function killAgainAndAgain(options: KillOptions): Promise<Lives> {
  const { bodies, times, longestMs, random } = options;
  const ledger = new Ledger();
  const readyMs: number[] = [];
  let asked = 0;
  const next = (): string => {
    const again = asked > 0 && random() < SHARE_ASKED_AGAIN;
    const place = again ? Math.floor(random() * Math.min(asked, bodies.length)) : asked++ % bodies.length;
    return bodies[place] ?? "";
  };
  for (let life = 0; life < times; life++) {
    const begun = performance.now();
    const { child, url } = await startNode(options.node);
    readyMs.push(performance.now() - begun);
    const exited = once(child, "exit");
    const askers = Array.from({ length: CONNECTIONS }, () => askUntilDeath(new URL(url), next, ledger));
    await sleep(random() * longestMs);
    child.kill("SIGKILL");
    await exited;
    await Promise.all(askers);
    options.progress?.(life + 1);
  }
  const { answered, answers, contradictions } = ledger;
  return { answered, answers, readyMs, contradictions };
}
