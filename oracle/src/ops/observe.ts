import type { PosterEvents } from "../attest/poster.ts";
import type { FollowerListener } from "../chain/follower.ts";
import type { OracleError } from "../errors.ts";
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
