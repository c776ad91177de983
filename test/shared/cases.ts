import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { attestationBatchDigest, escrowDomain, packAttestationBatch, reviewTypes, settlementTypes } from "@sluice/sdk";
import { computeAddress } from "ethers";

import { DAY, ethers, factsScoring, UNIT, type Authorized, type Suite } from "./suite.ts";

/** Terms under which a dispute is possible: a bond of 5, two days to rule, 60 % to the payee where nobody does. */
export function arbitrated(suite: Suite) {
  const arbiter = suite.arbiter.address;
  return { arbiter, disputeBond: 5n * UNIT, rulingWindow: 2 * DAY, defaultSplitBps: 6_000 };
}

/** Gives each party tokens and an allowance to the escrow for bonds. */
export async function fundBonds(suite: Suite): Promise<void> {
  for (const who of [suite.payer, suite.payee]) {
    await suite.token.mint(who.address, 100n * UNIT);
    await suite.token.connect(who).approve(suite.site.escrow, 2n ** 256n - 1n);
  }
}

function domainOf({ chainId, site }: Suite) {
  return { ...escrowDomain, chainId, verifyingContract: site.escrow };
}

export type Agreement = { toPayee: bigint; toPayer: bigint; capturable: bigint; deadline: number | bigint };

/** A party's signature of a settlement. */
export function signSettlement(suite: Suite, signer: HardhatEthersSigner, payment: string, agreed: Agreement) {
  const types = { Settlement: [...settlementTypes.Settlement] };
  return signer.signTypedData(domainOf(suite), types, { payment, ...agreed });
}

export type ReviewFields = {
  fromBand: bigint;
  toBand: bigint;
  reasonCode: number;
  deadline: number | bigint;
};

/** A reviewer's signature. */
export function signReview(suite: Suite, signer: HardhatEthersSigner, subject: string, review: ReviewFields) {
  return signer.signTypedData(domainOf(suite), { Review: [...reviewTypes.Review] }, { subject, ...review });
}

export type BatchRow = { payment: Pick<Authorized, "id" | "block">; score?: number; asOf?: number; asOfHash?: string };

/** One attestation of the first two attesters over many payments, each as of its block unless told otherwise. */
export async function attestMany(suite: Suite, rows: readonly BatchRow[], keys = suite.keys.slice(0, 2)) {
  const statements = await Promise.all(
    rows.map(async ({ payment, score = 5_000, asOf = payment.block, asOfHash }) => {
      const hash = asOfHash ?? (await ethers.provider.getBlock(asOf))?.hash ?? `0x${"00".repeat(32)}`;
      return { subject: payment.id, asOf, asOfHash: hash, facts: factsScoring(score) };
    }),
  );
  const site = { chainId: suite.chainId, epoch: await suite.epoch.getAddress() };
  const digest = attestationBatchDigest(statements, site);
  const signatures = keys.map((one) => ({ signer: computeAddress(one), signature: one.sign(digest).serialized }));
  return packAttestationBatch(statements, signatures);
}

/** Selector of an error, as `CaptureSkipped` names it. */
export function selectorOf(
  contract: { interface: { getError(name: string): { selector: string } | null } },
  name: string,
) {
  const found = contract.interface.getError(name);
  if (found === null) throw new Error(`there is no error ${name}`);
  return found.selector;
}
