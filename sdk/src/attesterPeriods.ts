import { AbiCoder, keccak256, TypedDataEncoder, type TypedDataDomain } from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { attesterPeriodTypes, attesterRewardsDomain } from "./generated/eip712.ts";

/** How many decisions on chain carry an attester's signature. */
export type Answered = { account: string; count: bigint };

/** What a quorum signs about who answered between two blocks. */
export type AttesterPeriod = {
  period: bigint;
  fromBlock: number;
  toBlock: number;
  toBlockHash: string;
  /** `answersHash` of the list. */
  answers: string;
};

/** Where the attesters' rewards are. */
export type AttesterRewardsSite = { chainId: number | bigint; attesterRewards: string };

/**
 * The list in the order the contract asks for: accounts ascending, counts of one account added, none of zero.
 * @throws SluiceError `BYTES_INVALID` where nobody answered
 */
export function answeredList(rows: readonly Answered[]): Answered[] {
  const counts = new Map<string, bigint>();
  for (const { account, count } of rows) {
    const key = checkAddress("account", account);
    counts.set(key, (counts.get(key) ?? 0n) + checkUint("count", count, 64));
  }
  const list = [...counts].map(([account, count]) => ({ account, count })).filter(({ count }) => count > 0n);
  if (list.length === 0) throw new SluiceError("BYTES_INVALID", "answered: nobody did", "answered");
  return list.sort((a, b) => (a.account.toLowerCase() < b.account.toLowerCase() ? -1 : 1));
}

/** Hash of the list as the contract computes it. */
export function answersHash(list: readonly Answered[]): string {
  const rows = list.map(({ account, count }) => [checkAddress("account", account), checkUint("count", count, 64)]);
  return keccak256(AbiCoder.defaultAbiCoder().encode(["tuple(address,uint64)[]"], [rows]));
}

/** The digest that signers of the epoch in force sign. */
export function attesterPeriodDigest(period: AttesterPeriod, site: AttesterRewardsSite): string {
  const domain: TypedDataDomain = {
    ...attesterRewardsDomain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("attesterRewards", site.attesterRewards),
  };
  const message = {
    period: checkUint("period", period.period, 64),
    fromBlock: checkUint("fromBlock", period.fromBlock, 64),
    toBlock: checkUint("toBlock", period.toBlock, 64),
    toBlockHash: checkBytes("toBlockHash", period.toBlockHash, 32),
    answers: checkBytes("answers", period.answers, 32),
  };
  return TypedDataEncoder.hash(domain, { AttesterPeriod: [...attesterPeriodTypes.AttesterPeriod] }, message);
}
