import type { AffiliateReport } from "./report.ts";

/** A report as JSON: amounts as decimal text. */
export function reportJson(one: AffiliateReport) {
  const { tier, volume, badBps, payers, referred, earning, reasons, commission, rebate, codes } = one;
  return {
    ...{ tier, volume: volume.toString(), badBps, payers, referred, earning },
    reasons: Object.fromEntries([...reasons].sort(([a], [b]) => (a < b ? -1 : 1))),
    ...{ commission: commission.toString(), rebate: rebate.toString() },
    codes: codes.map(({ commission: earned, ...code }) => ({ ...code, commission: earned.toString() })),
  };
}

export type ReportJson = ReturnType<typeof reportJson>;
