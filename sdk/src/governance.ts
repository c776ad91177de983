import {
  AbiCoder,
  Contract,
  Interface,
  id,
  keccak256,
  TypedDataEncoder,
  type ContractRunner,
  type TypedDataDomain,
} from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { SluiceError } from "./failure.ts";
import { policyRegistryAbi, sluiceGovernorAbi, sluiceStakeAbi, sluiceTokenAbi } from "./generated/abi.ts";
import { governorDomain } from "./generated/eip712.ts";
import { policyParameters, type PolicyParameter } from "./generated/enums.ts";

/** What a proposal would have the timelock do, and why. `propose` takes the four in this order. */
export type Proposal = {
  targets: readonly string[];
  /** Native coin sent with each call, in wei. */
  values: readonly bigint[];
  calldatas: readonly string[];
  /** What voters read; two proposals with the same calls must differ in it. */
  description: string;
};

/** New values by parameter: scores, basis points, seconds, blocks, or micro-units for the caps. */
export type PolicyChanges = Partial<Record<PolicyParameter, number | bigint>>;

/** The ways to vote, by their numbers. */
export const voteSupports = ["Against", "For", "Abstain"] as const;
export type VoteSupport = (typeof voteSupports)[number];

/** A vote to be signed and sent by somebody else; `nonce` is what `governor.nonces(voter)` answers. */
export type Ballot = { proposalId: bigint; support: VoteSupport; voter: string; nonce: bigint };

/** Where a ballot counts. */
export type GovernorSite = { chainId: number | bigint; governor: string };

const ballotTypes = {
  Ballot: [
    { name: "proposalId", type: "uint256" },
    { name: "support", type: "uint8" },
    { name: "voter", type: "address" },
    { name: "nonce", type: "uint256" },
  ],
};

const registry = new Interface(policyRegistryAbi);

/** The token that is staked; `runner` is a provider for reading, a signer for writing. */
export function governanceTokenContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("token", address), sluiceTokenAbi, runner);
}

/** The stake, which gives votes. */
export function stakeContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("stake", address), sluiceStakeAbi, runner);
}

/** The governor. */
export function governorContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("governor", address), sluiceGovernorAbi, runner);
}

/** The policy registry. */
export function policyRegistryContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("policyRegistry", address), policyRegistryAbi, runner);
}

/**
 * A proposal that changes parameters of the gate's policy, in one call and in the order the registry asks for. Whether the
 * values lie within bounds and one step is the registry's to say: ask `reach(parameter)`.
 * @param policyRegistry The registry's address.
 * @throws SluiceError `PROPOSAL_INVALID` for no or an unknown parameter, `NUMBER_OUT_OF_RANGE`, `ADDRESS_INVALID`
 * @example
 * const proposal = policyProposal({ HoldAt: 9_600 }, policyRegistry, "Hold 4 % of honest payments");
 * await governor.propose(...proposalArguments(proposal));
 */
export function policyProposal(changes: PolicyChanges, policyRegistry: string, description: string): Proposal {
  const unknown = Object.keys(changes).find((name) => !policyParameters.some((parameter) => parameter === name));
  if (unknown !== undefined) throw new SluiceError("PROPOSAL_INVALID", `no such parameter: ${unknown}`, unknown);
  const rows = policyParameters.flatMap((name, parameter) => {
    const value = changes[name];
    return value === undefined ? [] : [{ parameter, value: checkUint(name, value, 256) }];
  });
  if (rows.length === 0) throw new SluiceError("PROPOSAL_INVALID", "a proposal must change something", "changes");
  return callProposal(
    [{ target: policyRegistry, data: registry.encodeFunctionData("changePolicy", [rows]) }],
    description,
  );
}

/**
 * A proposal of one small step, which passes without a quorum unless 5 % of the stake vote against it. Whether the value lies
 * within it is the registry's to say: ask `smallReach(parameter)`. The governor takes it by `proposeOptimistic`, and by `propose`
 * as one to be voted on like any other.
 * @param value Score, basis points, seconds or micro-units, as the parameter has it.
 * @throws SluiceError `PROPOSAL_INVALID` for an unknown parameter, `NUMBER_OUT_OF_RANGE`, `ADDRESS_INVALID`
 * @example
 * const proposal = smallStepProposal("HoldAt", 9_680, policyRegistry, "Hold a little more");
 * await governor.proposeOptimistic(...proposalArguments(proposal));
 */
export function smallStepProposal(
  parameter: PolicyParameter,
  value: number | bigint,
  policyRegistry: string,
  description: string,
): Proposal {
  const index = policyParameters.indexOf(parameter);
  if (index < 0) throw new SluiceError("PROPOSAL_INVALID", `no such parameter: ${parameter}`, parameter);
  const data = registry.encodeFunctionData("changeSmall", [index, checkUint(parameter, value, 256)]);
  return callProposal([{ target: policyRegistry, data }], description);
}

/**
 * A proposal of any calls, `data` ABI-encoded.
 * @throws SluiceError `PROPOSAL_INVALID` when there is no call, `ADDRESS_INVALID`, `NUMBER_OUT_OF_RANGE`
 */
export function callProposal(
  calls: readonly { target: string; data: string; value?: bigint }[],
  description: string,
): Proposal {
  if (calls.length === 0) throw new SluiceError("PROPOSAL_INVALID", "a proposal must call something", "calls");
  return {
    targets: calls.map(({ target }) => checkAddress("target", target)),
    values: calls.map(({ value = 0n }) => checkUint("value", value, 256)),
    calldatas: calls.map(({ data }) => data),
    description,
  };
}

/**
 * A description that only `proposer` can propose: nobody can bring the same proposal first and cancel it.
 * @throws SluiceError `ADDRESS_INVALID`
 */
export function describedBy(proposer: string, description: string): string {
  return `${description}#proposer=${checkAddress("proposer", proposer)}`;
}

/** Arguments of the governor's `propose`. */
export function proposalArguments(proposal: Proposal): [string[], bigint[], string[], string] {
  return [[...proposal.targets], [...proposal.values], [...proposal.calldatas], proposal.description];
}

/** Arguments of the governor's `queue`, `execute` and `cancel`, which take the description's hash. */
export function executionArguments(proposal: Proposal): [string[], bigint[], string[], string] {
  return [[...proposal.targets], [...proposal.values], [...proposal.calldatas], id(proposal.description)];
}

/** The id the governor knows a proposal by: the hash of its calls and description, the same on every chain. */
export function proposalId(proposal: Proposal): bigint {
  const types = ["address[]", "uint256[]", "bytes[]", "bytes32"];
  return BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(types, executionArguments(proposal))));
}

/**
 * Typed data of a vote, as `signer.signTypedData(domain, types, message)` takes it; anybody sends the signature with
 * `castVoteBySig(proposalId, support, voter, signature)`.
 * @throws SluiceError `ADDRESS_INVALID` or `NUMBER_OUT_OF_RANGE`
 */
export function ballotTypedData(ballot: Ballot, site: GovernorSite) {
  const domain: TypedDataDomain = {
    ...governorDomain,
    chainId: checkUint("chainId", site.chainId, 256),
    verifyingContract: checkAddress("governor", site.governor),
  };
  const message = {
    proposalId: checkUint("proposalId", ballot.proposalId, 256),
    support: voteSupports.indexOf(ballot.support),
    voter: checkAddress("voter", ballot.voter),
    nonce: checkUint("nonce", ballot.nonce, 256),
  };
  return { domain, types: ballotTypes, message };
}

/** The digest a voter signs. */
export function ballotDigest(ballot: Ballot, site: GovernorSite): string {
  const { domain, types, message } = ballotTypedData(ballot, site);
  return checkBytes("digest", TypedDataEncoder.hash(domain, types, message), 32);
}
