import type { NodeSettings } from "../config.ts";
import { openChainOf, openServiceOf } from "../store/open.ts";
import { endpointsOf } from "./follow.ts";
import { quorumReport, type QuorumReport } from "./quorumReport.ts";

/** The report from a node's stores, beside the running node. */
export async function quorumReportOf(settings: NodeSettings, from: number, to: number): Promise<QuorumReport> {
  const [chain, service] = [await openChainOf(settings), await openServiceOf(settings)];
  const abort = new AbortController();
  try {
    const rpc = endpointsOf(settings, abort.signal);
    return await quorumReport({ chain, service, rpc, site: settings }, from, to);
  } finally {
    abort.abort();
    await chain.destroy();
    await service.destroy();
  }
}
