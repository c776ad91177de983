import type { PeerOutcome } from "../attest/gather.ts";
import type { PosterEvents } from "../keeper/poster.ts";
import type { Sender, SenderEvents } from "../keeper/sender.ts";
import type { FollowerListener } from "../chain/follower.ts";
import { OracleError } from "../errors.ts";
import type { Trouble } from "./follow.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";

/** An error as one log line: loud where somebody should look, quiet where asking again cures it. */
export function logError(log: Logger, error: OracleError, context: Readonly<Record<string, unknown>>): void {
  const { code, message, details, cause } = error;
  const line = { ...context, code, details, alert: error.alert, ...(cause === undefined ? {} : { err: cause }) };
  if (error.alert) log.error(line, message);
  else log.debug(line, message);
}

/** A refused attestation; a conflict of the guard has a counter of its own, which stands at zero from the start. */
export function countRefusal(metrics: Metrics, code: string): void {
  metrics.refused.inc({ code });
  if (code === "GUARD_CONFLICT") metrics.guardConflicts.inc();
}

/** What the poster does, as metrics and log lines. */
export function posterEvents(metrics: Metrics, log: Logger): PosterEvents {
  return {
    decided: ({ payment, band, score, asOf }) => {
      metrics.decided.inc({ band });
      log.debug({ id: payment.id, band, score, asOf: asOf.number }, "decided");
    },
    posted: (id, band, transaction) => {
      metrics.posted.inc({ band });
      log.info({ id, band, transaction }, "band sent");
    },
    failed: (id, error) => {
      metrics.postFailures.inc({ code: error.code });
      if (error.alert) logError(log, error, { id });
      else log.warn({ id, code: error.code }, error.message);
    },
  };
}

/** One name of a job for a label: ids must not become label values. */
function jobName(job: string): string {
  return job.split(":")[0] ?? job;
}

const ETHER = 1e18;

/** What the keeper's sender does, as metrics and log lines. */
export function senderEvents(metrics: Metrics, log: Logger): SenderEvents {
  return {
    sent: (job, hash, how) => {
      metrics.keeperTransactions.inc({ job: jobName(job), state: how });
      log.info({ job, transaction: hash, how }, "transaction sent");
    },
    ended: ({ job, state, hashes, cost }) => {
      metrics.keeperTransactions.inc({ job: jobName(job), state });
      log.info({ job, state, transactions: hashes, costWei: cost }, "transaction ended");
    },
    stopped: (cap, job) => {
      metrics.keeperStopped.inc({ cap });
      logError(log, new OracleError("KEEPER_STOPPED", `${cap} forbids ${jobName(job)}`, { cap, job }), {});
    },
  };
}

/** What is in flight and spent, after each round of the keeper. */
export function measureSender(metrics: Metrics, sender: Sender): void {
  metrics.keeperInFlight.set(sender.inFlight);
  metrics.keeperWait.set(sender.oldestWaitBlocks);
  metrics.keeperSpent.set(Number(sender.spentTodayWei) / ETHER);
}

export interface Position {
  readonly read: number | undefined;
  readonly behind: number | undefined;
  /** Looks at the head that failed in a row. */
  readonly failures: number;
}

/** The 1st, 2nd, 4th, 8th … failure in a row: an outage must not fill the disk. */
function isWorthALine(failures: number): boolean {
  return Number.isInteger(Math.log2(Math.max(1, failures)));
}

/** What the follower does, as metrics and log lines. */
export function followerMetrics(metrics: Metrics, log: Logger, position: () => Position): FollowerListener {
  return {
    applied: (blocks) => {
      const last = blocks.at(-1);
      if (last !== undefined) metrics.head.set(last.block.number);
    },
    rolledBack: (to, depth) => {
      metrics.reorganisations.inc();
      log.warn({ to: to?.number, depth }, "the chain was reorganised");
    },
    polled: (error) => {
      const { read, behind, failures } = position();
      if (read !== undefined) metrics.head.set(read);
      if (behind !== undefined) metrics.blocksBehind.set(behind);
      if (error === undefined) return;
      metrics.rpcFailures.inc();
      if (!isWorthALine(failures)) return;
      if (error.code === "RPC_UNAVAILABLE") log.warn({ code: error.code, failures }, error.message);
      else logError(log, error, { failures });
    },
  };
}

/** What an RPC endpoint did wrong, as a metric and, where somebody should look, a log line. Endpoints are named by place. */
export function endpointTrouble(metrics: Metrics, log: Logger): Trouble {
  return (endpoint, trouble) => {
    metrics.endpointTroubles.inc({ endpoint, trouble });
    if (trouble === "differed") log.warn({ endpoint }, "an RPC endpoint gave another answer than the others");
    if (trouble === "otherChain") log.error({ endpoint, alert: true }, "an RPC endpoint serves another chain");
  };
}

/** What peers answer, as metrics and log lines. */
export function peerEvents(metrics: Metrics, log: Logger): (told: PeerOutcome) => void {
  return ({ signer, outcome, code, latencyMs, differences }) => {
    metrics.peerAnswers.inc({ signer, outcome, code });
    if (outcome !== "failed") metrics.peerSeconds.observe({ signer }, latencyMs / 1_000);
    for (const { subject, facts } of differences) {
      for (const { fact } of facts) metrics.peerDifferedFacts.inc({ signer, fact });
      log.error({ signer, subject, facts, alert: true }, "a peer signed other facts");
    }
  };
}
