import {
  answeredList,
  answersHash,
  attesterPeriodDigest,
  attesterRewardsAbi,
  attestersAbi,
  type AttesterPeriod,
} from "@sluice/sdk";
import { getAddress, Interface, type Result, ZeroAddress } from "ethers";

import type { RpcClient } from "../chain/rpc.ts";
import { hexText, parseHeader } from "../chain/wire.ts";
import { OracleError } from "../errors.ts";
import type { QuorumReport } from "./quorumReport.ts";

export interface PayloadSite {
  readonly chainId: number;
  /** The contract that pays attesters. */
  readonly attesterRewards: string;
  /** The registry that knows whose a key is; without it every key is paid itself. */
  readonly attesters?: string | undefined;
}

/** What a quorum signs about a period, with the list behind its hash. */
export interface PeriodPayload {
  readonly period: number;
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly toBlockHash: string;
  /** Accounts ascending, each with the decisions on chain that carry its signature. */
  readonly answered: readonly { readonly account: string; readonly count: number }[];
  readonly answers: string;
  readonly digest: string;
}

const rewardsInterface = new Interface(attesterRewardsAbi);
const attestersInterface = new Interface(attestersAbi);

type Rpc = Pick<RpcClient, "call">;
type Question = { to: string; abi: Interface; method: string; args: readonly unknown[] };

async function ask(rpc: Rpc, { to, abi, method, args }: Question, block: string): Promise<Result> {
  const data = abi.encodeFunctionData(method, args);
  const answer = hexText(await rpc.call("eth_call", [{ to, data }, block]), `answer to ${method}`);
  if (answer !== "0x") return abi.decodeFunctionResult(method, answer);
  throw new OracleError("INVALID_REQUEST", `${method}: there is no such contract at ${to}`, { address: to, method });
}

/** Whose the key was in the period's last block: what is registered later changes no list that was signed. */
async function accountOf(rpc: Rpc, signer: string, attesters: string | undefined, block: string): Promise<string> {
  if (attesters === undefined) return getAddress(signer);
  const question = { to: attesters, abi: attestersInterface, method: "accountOf", args: [signer] };
  const account = String((await ask(rpc, question, block))[0]);
  return getAddress(account === ZeroAddress ? signer : account);
}

/** The number of the next period, which must begin where the last one ended. */
async function nextPeriod(rpc: Rpc, attesterRewards: string, fromBlock: number): Promise<bigint> {
  const question = { to: attesterRewards, abi: rewardsInterface, args: [] };
  const answers = await Promise.all(
    ["period", "periodEnd"].map(async (method) => ask(rpc, { ...question, method }, "latest")),
  );
  const [last = 0n, end = 0n] = answers.map((answer) => BigInt(String(answer[0])));
  const expected = last === 0n ? fromBlock : Number(end) + 1;
  if (fromBlock !== expected) {
    const message = `--from: the last period ended in block ${Number(end)}; the next begins in ${expected}, not ${fromBlock}`;
    throw new OracleError("INVALID_REQUEST", message, { fromBlock, expected });
  }
  return last + 1n;
}

/**
 * What a quorum signs about the report's blocks: the same bytes on every node that knows them, since it takes nothing but what
 * is on chain.
 * @throws OracleError INVALID_REQUEST for a period that leaves a gap, or in which nobody answered; RPC_UNAVAILABLE
 */
export async function periodPayload(report: QuorumReport, rpc: Rpc, site: PayloadSite): Promise<PeriodPayload> {
  const { fromBlock, toBlock } = report;
  const period = await nextPeriod(rpc, site.attesterRewards, fromBlock);
  const block = `0x${toBlock.toString(16)}`;
  const header = parseHeader(await rpc.call("eth_getBlockByNumber", [block, false]));
  if (header === undefined)
    throw new OracleError("INVALID_REQUEST", `--to: there is no block ${toBlock} yet`, { toBlock });
  const seen = report.signers.filter(({ onChain }) => onChain > 0);
  if (seen.length === 0) {
    const message = `no decision between ${fromBlock} and ${toBlock} carries a signature: choose a later --to`;
    throw new OracleError("INVALID_REQUEST", message, { fromBlock, toBlock });
  }
  const rows = await Promise.all(
    seen.map(async ({ signer, onChain }) => ({
      account: await accountOf(rpc, signer, site.attesters, block),
      count: BigInt(onChain),
    })),
  );
  const list = answeredList(rows);
  const toBlockHash = header.hash;
  const answers = answersHash(list);
  const signed: AttesterPeriod = { period, fromBlock, toBlock, toBlockHash, answers };
  const answered = list.map(({ account, count }) => ({ account, count: Number(count) }));
  return { ...signed, period: Number(period), answered, digest: attesterPeriodDigest(signed, site) };
}
