import type { AppDeps } from "../deps.ts";
import { readQuorumReport } from "../operations.ts";
import type { Routes } from "../serve.ts";

/** Who has answered, for whoever splits fees by it. */
export function quorumReportRoutes(routes: Routes, deps: AppDeps): void {
  routes.serve(readQuorumReport, async ({ query }) => {
    const { signers, ...rest } = await deps.running().quorumReport(query.from, query.to);
    return { ...rest, signers: signers.map(({ failures, ...row }) => ({ ...row, failures: { ...failures } })) };
  });
}
