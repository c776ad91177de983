import { Interface } from "ethers";

import { checkAddress, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { buyBackAbi, feeSplitterAbi, grantStreamsAbi, treasuryAbi } from "./generated/abi.ts";
import { callProposal, type Proposal } from "./governance.ts";

/** A payment out of the treasury. */
export type TreasurySpend = {
  /** The zero address for native coin. */
  token: string;
  to: string;
  /** In the token's smallest unit. */
  amount: bigint;
};

/** A grant that streams; times in seconds since the Unix epoch. */
export type GrantTerms = {
  /** The zero address for native coin. */
  token: string;
  recipient: string;
  /** In the token's smallest unit. */
  amount: bigint;
  startSeconds: number;
  /** Before it nothing can be withdrawn. */
  cliffSeconds: number;
  endSeconds: number;
};

/** Parts of protocol fees in basis points; they make 10,000 together. */
export type FeeParts = { attesters: number; stakers: number; rebates: number; treasury: number };

const treasuryInterface = new Interface(treasuryAbi);
const grantsInterface = new Interface(grantStreamsAbi);
const splitter = new Interface(feeSplitterAbi);
const auctions = new Interface(buyBackAbi);

type Calls = { target: string; data: string }[];

function spendCall(treasury: string, { token, to, amount }: TreasurySpend): Calls[number] {
  const args = [checkAddress("token", token), checkAddress("to", to), checkUint("amount", amount, 256)];
  return { target: treasury, data: treasuryInterface.encodeFunctionData("spend", args) };
}

/**
 * A proposal that pays out of the treasury. What may leave in thirty days is capped: ask `spendable(token)` of the treasury.
 * @throws SluiceError `PROPOSAL_INVALID` for no spend, `ADDRESS_INVALID`, `NUMBER_OUT_OF_RANGE`. So do all functions below.
 * @example
 * const proposal = spendProposal([{ token, to: auditor, amount: 5_000n * 10n ** 6n }], governance.treasury, "Pay the audit");
 */
export function spendProposal(spends: readonly TreasurySpend[], treasury: string, description: string): Proposal {
  return callProposal(
    spends.map((one) => spendCall(treasury, one)),
    description,
  );
}

/** A proposal that moves money from the treasury to the grants and opens one with it; it counts towards the cap at once. */
export function grantProposal(
  grant: GrantTerms,
  site: { treasury: string; grants: string },
  description: string,
): Proposal {
  const { token, recipient, amount, startSeconds, cliffSeconds, endSeconds } = grant;
  const ordered = startSeconds < endSeconds && startSeconds <= cliffSeconds && cliffSeconds <= endSeconds;
  if (!ordered) throw new SluiceError("PROPOSAL_INVALID", "a grant starts, reaches its cliff and ends in this order");
  const times = [startSeconds, cliffSeconds, endSeconds].map((second) => checkUint("seconds", second, 40));
  const args = [checkAddress("token", token), checkAddress("recipient", recipient), amount, ...times];
  const open = { target: site.grants, data: grantsInterface.encodeFunctionData("open", args) };
  return callProposal([spendCall(site.treasury, { token, to: site.grants, amount }), open], description);
}

/** A proposal that ends a grant: what has vested stays the recipient's, the rest goes back to the treasury. */
export function cancelGrantProposal(id: bigint, grants: string, description: string): Proposal {
  const data = grantsInterface.encodeFunctionData("cancel", [checkUint("id", id, 256)]);
  return callProposal([{ target: grants, data }], description);
}

/** A proposal that changes the share of a token, in basis points, that may leave the treasury in thirty days. */
export function treasuryCapProposal(token: string, capBps: number, treasury: string, description: string): Proposal {
  const args = [checkAddress("token", token), checkUint("capBps", capBps, 16)];
  return callProposal([{ target: treasury, data: treasuryInterface.encodeFunctionData("setCap", args) }], description);
}

/** A proposal that changes the split of protocol fees. */
export function feePartsProposal(parts: FeeParts, feeSplitter: string, description: string): Proposal {
  const { attesters, stakers, rebates, treasury } = parts;
  const sum = attesters + stakers + rebates + treasury;
  if (sum !== 10_000) throw new SluiceError("PROPOSAL_INVALID", `parts: make ${sum}, not 10,000`, "parts");
  const data = splitter.encodeFunctionData("setParts", [{ attesters, stakers, rebates, treasury }]);
  return callProposal([{ target: feeSplitter, data }], description);
}

/**
 * A proposal that lets the buy-back sell a token.
 * @param price SLUICE, smallest units, for 10^18 smallest units of the token: the middle of the first auction
 * @param minLot Smallest lot, in the token's smallest unit
 */
export function listTokenProposal(
  token: string,
  price: bigint,
  minLot: bigint,
  buyBack: string,
  description: string,
): Proposal {
  const args = [checkAddress("token", token), checkUint("price", price, 124), checkUint("minLot", minLot, 128)];
  return callProposal([{ target: buyBack, data: auctions.encodeFunctionData("list", args) }], description);
}
