import { packChannelTerms, paymentChannelsAbi, type ChannelTerms } from "@sluice/sdk";
import { Interface } from "ethers";

import { escrowInterface } from "../chain/eventPlans.ts";
import { packedFromText } from "../chain/terms.ts";
import type { Act } from "./steps.ts";

export const channelsInterface = new Interface(paymentChannelsAbi);

/** Calldata of an act about a payment; the terms come first in each of the escrow's functions. */
export function paymentCall(termsText: string, { method, args }: Act): string {
  return escrowInterface.encodeFunctionData(method, [packedFromText(termsText), ...args]);
}

/** Calldata of an act about a channel. */
export function channelCall(terms: ChannelTerms, { method, args }: Act): string {
  return channelsInterface.encodeFunctionData(method, [packChannelTerms(terms), ...args]);
}
