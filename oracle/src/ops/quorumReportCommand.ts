import { loadKeyring } from "../attest/nodeKeys.ts";
import type { NodeSettings } from "../config.ts";
import { OracleError } from "../errors.ts";
import { ChainStore } from "../store/chainStore.ts";
import { openChainOf, openServiceOf } from "../store/open.ts";
import { periodPayload, type PeriodPayload } from "./attesterPeriod.ts";
import { endpointsOf } from "./follow.ts";
import { quorumReport, type QuorumReport } from "./quorumReport.ts";

export interface ReportRequest {
  readonly from: number;
  readonly to: number;
  /** The contract that pays attesters: adds what a quorum signs about these blocks. */
  readonly rewards?: string | undefined;
  /** Adds this node's signature. */
  readonly isToSign?: boolean;
}

type SignedPayload = PeriodPayload & { readonly signer?: string; readonly signature?: string };

/** A report, with what a quorum signs about its blocks and this node's signature where they were asked for. */
export interface PrintedReport extends QuorumReport {
  readonly payload?: SignedPayload;
}

async function signed(settings: NodeSettings, payload: PeriodPayload): Promise<SignedPayload> {
  const keys = await loadKeyring(settings);
  try {
    const signer = keys.among([]);
    return { ...payload, signer: signer.address, signature: await signer.sign(payload.digest) };
  } finally {
    await keys.close();
  }
}

/**
 * The report from a node's stores, beside the running node.
 *
 * @throws OracleError as `quorumReport` and `periodPayload`; INVALID_REQUEST where the node has not read the last block yet.
 */
export async function quorumReportOf(settings: NodeSettings, request: ReportRequest): Promise<PrintedReport> {
  const [chain, service] = [await openChainOf(settings), await openServiceOf(settings)];
  const abort = new AbortController();
  try {
    const rpc = endpointsOf(settings, abort.signal);
    const report = await quorumReport({ chain, service, rpc, site: settings }, request.from, request.to);
    if (request.rewards === undefined) return report;
    const cursor = await new ChainStore(chain, 2 * settings.reorgMarginBlocks).cursor();
    if (cursor === undefined || cursor.number < request.to) {
      const message = `--to: this node has read up to block ${cursor?.number ?? 0}, and others might count more`;
      throw new OracleError("INVALID_REQUEST", message, { to: request.to, read: cursor?.number });
    }
    const { chainId, attesters } = settings;
    const payload = await periodPayload(report, rpc, { chainId, attesterRewards: request.rewards, attesters });
    return { ...report, payload: request.isToSign === true ? await signed(settings, payload) : payload };
  } finally {
    abort.abort();
    await chain.destroy();
    await service.destroy();
  }
}
