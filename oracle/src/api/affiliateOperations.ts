import { operation } from "./operation.ts";
import { affiliate, affiliateParams, csvText } from "./schemas/affiliates.ts";

export const readAffiliate = operation({
  id: "readAffiliate",
  method: "get",
  path: "/v1/affiliates/:account",
  scope: "read",
  summary: "What an account has earned by referrals and rebates, what it can claim, and the proof for it.",
  params: affiliateParams,
  answer: affiliate,
});

export const affiliateCsv = operation({
  id: "affiliateCsv",
  method: "get",
  path: "/v1/affiliates/:account.csv",
  scope: "read",
  summary: "Each payment that names the account as its referrer, with what it earns or the reason why nothing, as CSV.",
  params: affiliateParams,
  answer: csvText,
  stream: "text/csv",
});
