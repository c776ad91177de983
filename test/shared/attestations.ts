import { recoverAttesters } from "@sluice/sdk";

import type { Authorized, Suite } from "./suite.ts";

/** Who seems to have signed an attestation when the epoch reads it as one about this payment, in its order. */
export async function recoveredFor(suite: Suite, payment: Authorized, attestation: string): Promise<string[]> {
  const site = { chainId: suite.chainId, epoch: await suite.epoch.getAddress() };
  return recoverAttesters(attestation, payment.id, site);
}
