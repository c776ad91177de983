import { concat, Interface, toBeHex } from "ethers";

import { packChannelTerms } from "../channels.ts";
import { paymentChannelsAbi } from "../generated/abi.ts";
import { fundings } from "../generated/enums.ts";
import { problems, type ArrivedDeposit, type ArrivedPayment, type Problem } from "../pay402/wire.ts";
import { ContractRevertedError, revertOf } from "../reverts.ts";
import { execute } from "../send.ts";
import type { PaidTerms } from "../sessionText.ts";
import type { PaidRequest } from "./http.ts";
import type { Settled } from "./options.ts";
import type { ChannelWatch } from "./watch.ts";

/** Hash of the transaction that took a deposit, or why there is none. */
export type Deposited = { transaction: string } | { problem: Problem };

const abi = new Interface(paymentChannelsAbi);
/** Deposits under way, by their signature: a request that is sent twice pays gas once. */
const underWay = new Map<string, Promise<Deposited>>();

/** Submits a payer's deposit and waits until it counts. */
export function submitDeposit<Request extends PaidRequest>(
  payment: ArrivedPayment & { deposit: ArrivedDeposit },
  options: Settled<Request>,
  watch: ChannelWatch,
): Promise<Deposited> {
  const name = payment.deposit.signature;
  const known = underWay.get(name);
  if (known) return known;
  const submitted = submit(payment, options, watch).finally(() => underWay.delete(name));
  underWay.set(name, submitted);
  return submitted;
}

async function submit<Request extends PaidRequest>(
  { terms, channel, deposit }: ArrivedPayment & { deposit: ArrivedDeposit },
  options: Settled<Request>,
  watch: ChannelWatch,
): Promise<Deposited> {
  const { sponsor, deposits, minDeposit, confirmations, site } = options;
  if (sponsor === undefined || !deposits.includes(deposit.kind)) return { problem: problems.unsponsored };
  if (deposit.amount < minDeposit) return { problem: problems.depositSmall };
  watch.forget(channel);
  const { usable } = await watch.funds(terms, channel);
  const call = usable ? topUpOf(terms, deposit) : openingOf(terms, deposit);
  if (call === undefined) return { problem: problems.deposit };
  try {
    // The transaction's own block is the first confirmation, and a deposit counts when that many stand upon it.
    const to = { chainId: site.chainId, to: site.channels, abi };
    const { receipt } = await execute(sponsor, { ...to, ...call }, { confirmations: confirmations + 1 });
    watch.forget(channel, receipt.blockNumber + confirmations);
    return { transaction: receipt.hash };
  } catch (error) {
    if (error instanceof ContractRevertedError) return { problem: problems.deposit };
    throw error;
  }
}

/**
 * Asks the chain whether a deposit would be taken now, and sends nothing.
 * @returns why it would not, undefined where it would
 */
export async function tryDeposit<Request extends PaidRequest>(
  { terms, channel, deposit }: ArrivedPayment & { deposit: ArrivedDeposit },
  options: Settled<Request>,
  watch: ChannelWatch,
): Promise<Problem | undefined> {
  const { sponsor, deposits, minDeposit, provider, site } = options;
  if (sponsor === undefined || !deposits.includes(deposit.kind)) return problems.unsponsored;
  if (deposit.amount < minDeposit) return problems.depositSmall;
  const { usable } = await watch.funds(terms, channel);
  const call = usable ? topUpOf(terms, deposit) : openingOf(terms, deposit);
  if (call === undefined) return problems.deposit;
  const data = abi.encodeFunctionData(call.method, call.args);
  try {
    await provider.call({ from: await sponsor.getAddress(), to: site.channels, data });
    return undefined;
  } catch (error) {
    if (revertOf(error, call.method, undefined) !== undefined) return problems.deposit;
    throw error;
  }
}

type Submission = { method: string; args: unknown[] };

function openingOf(terms: PaidTerms, deposit: ArrivedDeposit): Submission {
  const packed = packChannelTerms(terms);
  const { amount, deadline, signature } = deposit;
  switch (deposit.kind) {
    case "eip3009":
      return { method: "openWithAuthorization", args: [packed, amount, deadline, signature] };
    case "permit2": {
      const signed = concat([toBeHex(deposit.nonce, 32), signature]);
      return { method: "openWithPermit2", args: [packed, amount, deadline, signed] };
    }
    case "eip2612": {
      const funding = fundings.indexOf("Allowance");
      return { method: "openSigned", args: [packed, amount, funding, deadline, signature, deposit.permit] };
    }
  }
}

/** The contract adds by ERC-3009 alone; by the other ways a payer opens another channel. */
function topUpOf(terms: PaidTerms, deposit: ArrivedDeposit): Submission | undefined {
  if (deposit.kind !== "eip3009") return undefined;
  const { amount, salt, deadline, signature } = deposit;
  const args = [packChannelTerms(terms), terms.payer, amount, salt, deadline, signature];
  return { method: "topUpWithAuthorization", args };
}
