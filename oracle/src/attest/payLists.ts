import { packPayManyRows, payManyDigest, paymentChannelsAbi, type PayManyHeader } from "@sluice/sdk";
import { Interface } from "ethers";

import { microOf, type Epoch } from "../chain/epochs.ts";
import { RpcRefusal, type RpcClient } from "../chain/rpc.ts";
import { hexText } from "../chain/wire.ts";
import { OracleError } from "../errors.ts";
import { payListFacts } from "../facts/channelFacts.ts";
import type { BlockRef } from "../store/chainStore.ts";
import type { ChannelDeps } from "./channelBatches.ts";
import { strideAsOf } from "./charges.ts";
import { atOneMoment, judge, type AsOfRequest, type Finding, type Matter } from "./finding.ts";

/** What one signature of an account is to pay to many, in the order of `payMany`. */
export interface PayListQuestion {
  readonly header: PayManyHeader;
  /** Amounts in the token's smallest unit. */
  readonly rows: readonly { readonly payee: string; readonly amount: bigint }[];
}

/** What a node finds about such a list. */
export interface PayListFinding extends Finding {
  /** What the list pays in all, in the token's smallest unit. */
  readonly amount: bigint;
  /** Last block in which the channels accept an attestation as of this block. */
  readonly lastBlock: number;
}

const reader = new Interface(paymentChannelsAbi);

/** The last list that the account had paid by a block, read by its hash, so that every node reads the same. */
async function sequencePaid(
  rpc: RpcClient,
  channels: string,
  { token, account }: PayManyHeader,
  block: BlockRef,
): Promise<bigint> {
  const data = reader.encodeFunctionData("accountUse", [token, account]);
  try {
    const answer = await rpc.call("eth_call", [{ to: channels, data }, { blockHash: block.hash }]);
    const text = hexText(answer, "answer to accountUse");
    if (text === "0x") return 0n; // the contract is younger
    const decoded: unknown = reader.decodeFunctionResult("accountUse", text)[0];
    // A struct decodes to a Result: its fields stand under their names.
    return (decoded as { readonly sequence: bigint }).sequence;
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    throw new OracleError(
      "RPC_UNAVAILABLE",
      `the RPC endpoint cannot read accounts as of that block: ${error.message}`,
    );
  }
}

/** Keeps nodes from signing about what the contract would refuse whatever they find. */
async function checkDue(deps: ChannelDeps, channels: string, header: PayManyHeader, asOf: BlockRef): Promise<void> {
  if (asOf.timestamp >= header.deadline) {
    const details = { deadline: header.deadline, asOf: asOf.number };
    throw new OracleError(
      "LIST_NOT_DUE",
      `the list's deadline ${header.deadline} had passed by block ${asOf.number}`,
      details,
    );
  }
  const paid = await sequencePaid(deps.rpc, channels, header, asOf);
  if (header.sequence > paid) return;
  const details = { sequence: header.sequence.toString(), paid: paid.toString() };
  throw new OracleError("LIST_NOT_DUE", `the account had paid list ${paid} by block ${asOf.number}`, details);
}

/** What each payee gets: slicing one amount into many rows changes no fact. */
function amountsByPayee({ rows }: PayListQuestion): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  for (const { payee, amount } of rows) {
    const name = payee.toLowerCase();
    amounts.set(name, (amounts.get(name) ?? 0n) + amount);
  }
  return amounts;
}

function matterOf(subject: string, question: PayListQuestion, epoch: Epoch): Matter {
  const token = question.header.token.toLowerCase();
  const payer = question.header.account.toLowerCase();
  const payments = [...amountsByPayee(question)].map(([payee, amount]) => {
    return { id: subject, payer, payee, micro: microOf(epoch.tokens, token, amount) };
  });
  const total = question.rows.reduce((sum, { amount }) => sum + amount, 0n);
  return {
    ...{ subject, token, amount: total, refreshed: false, drawn: false },
    facts: (schema, history, at) => payListFacts(schema, payments, history, at),
  };
}

/**
 * Finds facts, score and band of what one account is to pay to many, as of the last multiple of the policy's stride. The subject is the
 * digest that the account signs; whether it did is the contract's to check.
 *
 * @throws OracleError NO_CHANNELS, LIST_NOT_DUE, WRONG_AS_OF, or as `examine`.
 */
export async function examinePayList(
  deps: ChannelDeps,
  question: PayListQuestion,
  request?: AsOfRequest,
): Promise<PayListFinding> {
  const { channels, chainId } = deps;
  if (channels === undefined) throw new OracleError("NO_CHANNELS", "this node's settings name no payment channels");
  const { header, rows } = question;
  const subject = payManyDigest(header, packPayManyRows(rows), { chainId, channels }).toLowerCase();
  return atOneMoment(deps, request, (head) =>
    Promise.resolve({
      ruledBy: head + 1,
      asOf: (entry) => strideAsOf(entry, head, request),
      prepare: (asOf) => checkDue(deps, channels, header, asOf),
      find: (entry, epoch, asOf) => {
        const matter = matterOf(subject, question, epoch);
        const found = judge(matter, entry, epoch, asOf, deps.state);
        return { amount: matter.amount, lastBlock: asOf.number + entry.policy.stride, ...found };
      },
    }),
  );
}
