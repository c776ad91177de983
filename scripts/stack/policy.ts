import type { PolicyParameters } from "../../deploy/deploySluice.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;

/** The gate's first policy on local networks. Thresholds are the defaults: 3 % of honest payments wait, 0.5 % go back. */
export const localPolicy: PolicyParameters = {
  holdAt: 9_700,
  blockAt: 9_950,
  protocolFeeBps: 0,
  refreshLog2: 16,
  holdDelay: 1 * DAY,
  grace: 2 * DAY,
  appealDelay: 3 * DAY,
  silenceDelay: 6 * HOUR,
  silenceCap: 1_000_000_000n, // 1,000 tokens, in micro-units
  chargeCap: 1_000_000_000n,
  channelCap: 100_000_000n,
  stride: 16,
  auditShare: 50,
};
