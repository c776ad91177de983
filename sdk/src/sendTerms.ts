import type { Signer } from "ethers";

import { escrowCall } from "./escrowCall.ts";
import { send, type EventReader, type SendOptions, type Sent } from "./send.ts";
import { checkTerms, packTerms, type EscrowSite, type Terms } from "./terms.ts";

/** Sends what the escrow does to one payment: the terms first, then `more`; `value` in wei. */
export async function sendTerms<Event>(
  sender: Signer,
  site: EscrowSite,
  terms: Terms,
  method: string,
  more: readonly unknown[],
  reader: EventReader<Event>,
  options: SendOptions | undefined,
  value = 0n,
): Promise<Sent<Event>> {
  checkTerms(terms);
  return send(sender, escrowCall(site, method, [packTerms(terms), ...more], value), reader, options);
}

/** Whether the terms are about native coin. */
export function isCoin(terms: Terms): boolean {
  return BigInt(terms.token) === 0n;
}
