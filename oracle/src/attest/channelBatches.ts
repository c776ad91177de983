import { batchSubject, channelId, paymentChannelsAbi, type ChannelRow, type ChannelTerms } from "@sluice/sdk";
import { Interface } from "ethers";

import { microOf, type Epoch } from "../chain/epochs.ts";
import { RpcRefusal, type RpcClient } from "../chain/rpc.ts";
import { hexText } from "../chain/wire.ts";
import { OracleError } from "../errors.ts";
import { channelBatchFacts } from "../facts/channelFacts.ts";
import type { BlockRef } from "../store/chainStore.ts";
import { strideAsOf } from "./charges.ts";
import { atOneMoment, judge, type AsOfRequest, type ExamineDeps, type Finding, type Matter } from "./finding.ts";

/** One row of a channel batch: the channel's terms, and what it is to have paid in all. */
export interface ChannelQuestionRow {
  readonly terms: ChannelTerms;
  readonly cumulative: bigint;
}

/** Vouchers of one payee and token that are to be redeemed together, in the order of `redeemMany`. */
export interface ChannelQuestion {
  readonly rows: readonly ChannelQuestionRow[];
}

export interface ChannelDeps extends ExamineDeps {
  readonly chainId: number;
  /** Payment channels, where the node's settings name them. */
  readonly channels: string | undefined;
}

/** What a node finds about a channel batch. */
export interface ChannelFinding extends Finding {
  readonly list: readonly ChannelRow[];
  /** What the rows pay together as of that block, in the token's smallest unit. */
  readonly amount: bigint;
  /** Last block in which the channels accept an attestation as of this block. */
  readonly lastBlock: number;
}

interface NamedRow extends ChannelQuestionRow {
  readonly channel: string;
}

interface State {
  readonly open: boolean;
  readonly claimed: bigint;
}

const reader = new Interface(paymentChannelsAbi);

function stateOf(answer: unknown): State {
  const decoded: unknown = reader.decodeFunctionResult("channel", hexText(answer, "answer to channel"))[0];
  // A struct decodes to a Result: its fields stand under their names.
  const fields = decoded as { readonly open: boolean; readonly claimed: bigint };
  return { open: fields.open, claimed: fields.claimed };
}

/** States of channels as of a block, by its hash, so that every node reads the same. */
async function statesAt(
  rpc: RpcClient,
  address: string,
  channels: readonly string[],
  block: { blockHash: string } | "latest",
): Promise<State[]> {
  const calls = channels.map((channel) => ({
    method: "eth_call",
    params: [{ to: address, data: reader.encodeFunctionData("channel", [channel]) }, block],
  }));
  try {
    return (await rpc.batch(calls)).map(stateOf);
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    throw new OracleError(
      "RPC_UNAVAILABLE",
      `the RPC endpoint cannot read channels as of that block: ${error.message}`,
    );
  }
}

function named(question: ChannelQuestion, site: { chainId: number; channels: string }): NamedRow[] {
  return question.rows.map((row) => ({ ...row, channel: channelId(row.terms, site).toLowerCase() }));
}

/** What each row pays as of the block. A channel that was opened after it has paid nothing by then. */
async function payouts(
  deps: ChannelDeps,
  address: string,
  rows: readonly NamedRow[],
  asOf: BlockRef,
): Promise<bigint[]> {
  const names = rows.map((row) => row.channel);
  const states = await statesAt(deps.rpc, address, names, { blockHash: asOf.hash });
  const young = names.filter((_, index) => states[index]?.open !== true);
  const now = await statesAt(deps.rpc, address, young, "latest");
  const missing = young.find((_, index) => now[index]?.open !== true);
  if (missing !== undefined) {
    throw new OracleError("CHANNEL_NOT_OPEN", `no channel ${missing} is open: its terms differ, or it is over`, {
      channel: missing,
    });
  }
  return rows.map(({ cumulative, channel }, index) => {
    const claimed = states[index]?.claimed ?? 0n;
    if (cumulative > claimed) return cumulative - claimed;
    const details = { channel, cumulative: cumulative.toString(), claimed: claimed.toString() };
    throw new OracleError("ROW_NOT_DUE", `channel ${channel} had paid ${claimed} by block ${asOf.number}`, details);
  });
}

function matterOf(subject: string, rows: readonly NamedRow[], amounts: readonly bigint[], epoch: Epoch): Matter {
  const token = rows[0]?.terms.token.toLowerCase() ?? "";
  const payments = rows.map(({ channel, terms }, index) => ({
    id: channel,
    payer: terms.payer.toLowerCase(),
    payee: terms.payee.toLowerCase(),
    micro: microOf(epoch.tokens, token, amounts[index] ?? 0n),
  }));
  return {
    ...{ subject, token, amount: amounts.reduce((sum, amount) => sum + amount, 0n), refreshed: false, drawn: false },
    facts: (schema, history, at) => channelBatchFacts(schema, payments, history, at),
  };
}

/**
 * Finds facts, score and band of vouchers that are to be redeemed together, as of the last multiple of the policy's stride. What
 * a row pays is what the channel had not paid by that block, read from the chain by the block's hash.
 *
 * @throws OracleError NO_CHANNELS, CHANNEL_NOT_OPEN, ROW_NOT_DUE, WRONG_AS_OF, or as `examine`.
 */
export async function examineChannels(
  deps: ChannelDeps,
  question: ChannelQuestion,
  request?: AsOfRequest,
): Promise<ChannelFinding> {
  const { channels, chainId } = deps;
  if (channels === undefined) throw new OracleError("NO_CHANNELS", "this node's settings name no payment channels");
  const rows = named(question, { chainId, channels });
  const list = rows.map(({ channel, cumulative }) => ({ channel, cumulative }));
  const { payee = "", token = "" } = rows[0]?.terms ?? {};
  const subject = batchSubject(payee, token, list, { chainId, channels }).toLowerCase();
  return atOneMoment(deps, request, (head) => {
    let amounts: bigint[] = [];
    return Promise.resolve({
      ruledBy: head + 1,
      voted: true,
      asOf: (entry) => strideAsOf(entry, head, request),
      prepare: async (asOf) => {
        amounts = await payouts(deps, channels, rows, asOf);
      },
      find: (entry, epoch, asOf) => {
        const matter = matterOf(subject, rows, amounts, epoch);
        const found = judge(matter, entry, epoch, asOf, deps.state);
        return { list, amount: matter.amount, lastBlock: asOf.number + entry.policy.stride, ...found };
      },
    });
  });
}
