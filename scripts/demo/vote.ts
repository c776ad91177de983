import { executionArguments, policyProposal, proposalArguments, proposalId } from "@sluice/sdk";
import { parseEther, type ContractTransactionResponse } from "ethers";

import type { LabelledAccount } from "../../oracle/src/train/payments.ts";
import type { Stack } from "../stack/stack.ts";
import type { BandName, Cashier, Payment } from "./cashier.ts";
import type { DemoClock } from "./clock.ts";
import { giveBack, replay } from "./replay.ts";

/** Where the demo's holders move the Hold threshold: one step of the policy registry. */
export const votedHoldAt = 9_500;

const stakeEach = parseEther("3000000"); // two holders together pass the staked floor
const gasLimit = 1_000_000n;
const stateExecuted = 7n;

export type GovernanceResult = {
  before: number;
  after: number;
  executed: boolean;
  bandBefore: BandName;
  bandAfter: BandName;
};

/**
 * Two holders stake, propose a lower Hold threshold, vote, queue and execute it, with the chain's clock moved through every
 * delay. The same real payment is judged before and after.
 * @param account A stream that ends in a payment between the new threshold and the old one.
 */
export async function runVote(
  stack: Stack,
  account: LabelledAccount,
  cashier: Cashier,
  clock: DemoClock,
): Promise<GovernanceResult> {
  const { ethers } = stack.connection;
  const gate = await ethers.getContractAt("RiskGate", stack.deployment.gate);
  const holdAt = async (): Promise<number> => {
    const [policy] = await gate.policyAt((await ethers.provider.getBlockNumber()) + 1);
    return Number(policy.holdAt);
  };
  const before = await holdAt();
  const bandBefore = await bandOfReplay(`before the vote`, before, stack, account, cashier, clock);
  const executed = await vote(stack, cashier, clock);
  const after = await holdAt();
  const bandAfter = await bandOfReplay(`after the vote`, after, stack, account, cashier, clock);
  return { before, after, executed, bandBefore, bandAfter };
}

/** The band of the account's last payment; once more, to another payee, where an audit drew it. */
async function bandOfReplay(
  name: string,
  threshold: number,
  stack: Stack,
  account: LabelledAccount,
  cashier: Cashier,
  clock: DemoClock,
): Promise<BandName> {
  const made = await replay(account, `${name} ${account.account}`, cashier, clock);
  const last = made.at(-1) as Payment; // a stream has a payment
  const answer = await cashier.attest(stack.plans[0]?.url ?? "", last.terms);
  if (answer === undefined) throw new Error(`no quorum for ${last.id}, though every node runs`);
  if (answer.band === "Allow") await cashier.capture(last, answer.attestation);
  else await cashier.postedBand(last);
  await giveBack(answer.band === "Allow" ? made.slice(0, -1) : made, cashier, clock);
  if (answer.band === "Hold" && answer.score < threshold) {
    return bandOfReplay(`${name}, again`, threshold, stack, account, cashier, clock);
  }
  return answer.band;
}

async function vote(stack: Stack, cashier: Cashier, clock: DemoClock): Promise<boolean> {
  const { ethers } = stack.connection;
  const { governance } = stack.deployment;
  if (governance === undefined) throw new Error("no governance is deployed");
  const [distributor, , , , , , first, second] = await ethers.getSigners();
  if (!distributor || !first || !second) throw new Error("the local chain has too few unlocked accounts");
  const token = await ethers.getContractAt("SluiceToken", governance.token, distributor);
  const stake = await ethers.getContractAt("SluiceStake", governance.stake);
  const governor = await ethers.getContractAt("SluiceGovernor", governance.governor);
  const send = async (operation: string, sent: Promise<ContractTransactionResponse>): Promise<void> => {
    const tx = await sent;
    await clock.mine(clock.now + 1);
    cashier.expect(operation, tx);
    await cashier.settleExpected();
  };
  for (const holder of [first, second]) {
    await send("sluiceTransfer", token.transfer(holder.address, stakeEach, { gasLimit }));
    await send("sluiceApprove", token.connect(holder).approve(governance.stake, stakeEach, { gasLimit }));
    await send("stake", stake.connect(holder).stake(stakeEach, { gasLimit }));
  }
  const proposal = policyProposal({ HoldAt: votedHoldAt }, governance.policyRegistry, "Hold 5 % of honest payments");
  const id = proposalId(proposal);
  await send("propose", governor.connect(first).propose(...proposalArguments(proposal), { gasLimit }));
  await clock.mine(Number(await governor.proposalSnapshot(id)) + 1);
  for (const holder of [first, second]) await send("castVote", governor.connect(holder).castVote(id, 1, { gasLimit }));
  await clock.mine(Number(await governor.proposalDeadline(id)) + 1);
  await send("queue", governor.connect(first).queue(...executionArguments(proposal), { gasLimit }));
  await clock.mine(Number(await governor.proposalEta(id)) + 1);
  await send("execute", governor.connect(second).execute(...executionArguments(proposal), { gasLimit }));
  return (await governor.state(id)) === stateExecuted;
}
