import { concat, Signature, toBeHex, type TypedDataDomain } from "ethers";

import { checkAddress, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { batchBallotTypes, governorDomain } from "./generated/eip712.ts";
import type { GovernorSite } from "./governance.ts";

/** A ballot somebody signed for a batch. `support`: 0 against, 1 for, 2 abstain. */
export type SignedBallot = { voter: string; support: number; signature: string };

/**
 * What a voter signs whose ballot somebody else submits in a batch. It has no nonce: an account votes once.
 * @param support 0 against, 1 for, 2 abstain
 */
export function batchBallotTypedData(proposalId: bigint, support: number, voter: string, site: GovernorSite) {
  const domain: TypedDataDomain = {
    ...governorDomain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("governor", site.governor),
  };
  const message = {
    proposalId: checkUint("proposalId", proposalId, 256),
    support: checkUint("support", support, 8),
    voter: checkAddress("voter", voter),
  };
  return { domain, types: { BatchBallot: [...batchBallotTypes.BatchBallot] }, message };
}

/**
 * Ballots as `castVotesBySig` of the governor and `castVotes` of the vote relay take them.
 * @throws SluiceError `SIGNATURE_INVALID` for a signature that is none of a key
 * @example
 * await governor.castVotesBySig(proposalId, packBallots(ballots));
 */
export function packBallots(ballots: readonly SignedBallot[]): string {
  return concat(
    ballots.map(({ voter, support, signature }) => {
      let compact: string;
      try {
        compact = Signature.from(signature).compactSerialized;
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new SluiceError("SIGNATURE_INVALID", `signature of ${voter}: ${reason}`, "signature");
      }
      return concat([checkAddress("voter", voter), toBeHex(checkUint("support", support, 8), 1), compact]);
    }),
  );
}
