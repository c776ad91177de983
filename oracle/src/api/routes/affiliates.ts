import { affiliateCsv, readAffiliate } from "../affiliateOperations.ts";
import type { AppDeps } from "../deps.ts";
import type { Routes } from "../serve.ts";

/** What affiliates earn, from the rebates that were built on this node. */
export function affiliateRoutes(routes: Routes, deps: AppDeps): void {
  // First: the other path would take the ending for a part of the account.
  routes.serveStream(affiliateCsv, async ({ params }, { response }) => {
    const account = params.account.toLowerCase();
    const text = await deps.running().affiliates.csv(account);
    response.attachment(`${account}.csv`).type("text/csv").send(text);
  });
  routes.serve(readAffiliate, async ({ params }) => {
    const { tokens, ...rest } = await deps.running().affiliates.view(params.account.toLowerCase());
    return {
      ...rest,
      tokens: tokens.map(({ periods, ...token }) => ({
        ...token,
        periods: periods.map(({ proof, ...period }) => ({ ...period, proof: [...proof] })),
      })),
    };
  });
}
