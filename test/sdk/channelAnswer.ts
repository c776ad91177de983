import { Interface, type Provider } from "ethers";

import { paymentChannelsAbi } from "../../sdk/src/index.ts";

const abi = new Interface(paymentChannelsAbi);

/** A provider whose every channel is open with one deposit, for what is about stores and processes and not about the chain. */
export function everyChannelOpen(deposit: bigint): Provider {
  const answer = abi.encodeFunctionResult("channel", [[deposit, 0n, 0n, 0n, true, false, false, false, false]]);
  // the two calls that a paywall without sponsor makes
  return { getBlockNumber: async () => 1, call: async () => answer } as unknown as Provider;
}
