import { Interface } from "ethers";

import { packChannelTerms } from "../channels.ts";
import { paymentChannelsAbi } from "../generated/abi.ts";
import type { ArrivedPayment } from "../pay402/wire.ts";
import { ContractRevertedError } from "../reverts.ts";
import { execute, type Call } from "../send.ts";
import type { PaidRequest } from "./http.ts";
import type { Settled } from "./options.ts";
import type { ChannelWatch } from "./watch.ts";

const abi = new Interface(paymentChannelsAbi);
/** Deposits under way, by their signature: a request that is sent twice pays gas once. */
const underWay = new Map<string, Promise<string | undefined>>();

/**
 * Submits a payer's deposit and waits until it counts.
 * @returns the transaction's hash; undefined where the seller sponsors none, the deposit is too small or the contract refuses
 */
export function submitDeposit<Request extends PaidRequest>(
  payment: ArrivedPayment,
  options: Settled<Request>,
  watch: ChannelWatch,
): Promise<string | undefined> {
  const name = payment.deposit?.signature ?? "";
  const known = underWay.get(name);
  if (known) return known;
  const submitted = submit(payment, options, watch).finally(() => underWay.delete(name));
  underWay.set(name, submitted);
  return submitted;
}

async function submit<Request extends PaidRequest>(
  { terms, channel, deposit }: ArrivedPayment,
  options: Settled<Request>,
  watch: ChannelWatch,
): Promise<string | undefined> {
  const { sponsor, minDeposit, confirmations, site } = options;
  if (deposit === undefined || sponsor === undefined || deposit.amount < minDeposit) return undefined;
  watch.forget(channel);
  const { usable } = await watch.funds(terms, channel);
  const { amount, validBefore, salt, signature } = deposit;
  const packed = packChannelTerms(terms);
  const call: Call = {
    chainId: site.chainId,
    to: site.channels,
    abi,
    method: usable ? "topUpWithAuthorization" : "openWithAuthorization",
    args: usable
      ? [packed, terms.payer, amount, salt, validBefore, signature]
      : [packed, amount, validBefore, signature],
  };
  try {
    // The transaction's own block is the first confirmation, and a deposit counts when that many stand upon it.
    const { receipt } = await execute(sponsor, call, { confirmations: confirmations + 1 });
    watch.forget(channel, receipt.blockNumber + confirmations);
    return receipt.hash;
  } catch (error) {
    if (error instanceof ContractRevertedError) return undefined;
    throw error;
  }
}
