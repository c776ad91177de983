import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";
import { id, ZeroHash } from "ethers";

import { delayClasses } from "./delayClasses.ts";
import treasuryModule from "./treasury.ts";

/** Names of the timelock's roles, as OpenZeppelin's TimelockController hashes them. */
export const timelockRoles = {
  admin: ZeroHash,
  proposer: id("PROPOSER_ROLE"),
  executor: id("EXECUTOR_ROLE"),
  canceller: id("CANCELLER_ROLE"),
};

/**
 * The rest of governance over a gate that exists, then the hand-over: attesters fixed in the stake, the fee splitter's pools
 * fixed, the gate's governor set to the policy registry, the timelock's roles given to the governor, what waits less than its
 * longest delay named, and the deployer's own role renounced at the very end.
 *
 * Parameters: `gate`; `minimumBond`, `evidenceBlocks` and `vetoWindow` of the attesters; `challengeBond`, `challengeWindow` and
 * `rulingWindow` of the rebate pool; `settings` as in contracts/types/GovernorParameters.sol. The deployer must be the gate's governor when this runs.
 */
export default buildModule("Governance", (m) => {
  const deployer = m.getAccount(0);
  const { token, stake, timelock, treasury, buyBack, feeSplitter } = m.useModule(treasuryModule);
  const gateAddress = m.getParameter<string>("gate");
  const gate = m.contractAt("RiskGate", gateAddress, { id: "gate" });
  const rules = ["minimumBond", "evidenceBlocks", "vetoWindow"].map((name) => m.getParameter(name));
  const attesters = m.contract("Attesters", [stake, gateAddress, timelock, ...rules], { id: "attesters" });
  const policyRegistry = m.contract("PolicyRegistry", [gateAddress, timelock, attesters], { id: "policyRegistry" });
  const governorArguments = [stake, timelock, m.getParameter("settings"), [policyRegistry]];
  const governor = m.contract("SluiceGovernor", governorArguments, { id: "governor" });
  const listRegistry = m.contract("ListRegistry", [gateAddress], { id: "listRegistry" });
  const voteRelay = m.contract("VoteRelay", [governor, timelock], { id: "voteRelay" });
  const windows = ["challengeBond", "challengeWindow", "rulingWindow"].map((name) => m.getParameter(name));
  const poolArguments = [gateAddress, timelock, token, ...windows, treasury];
  const rebatePool = m.contract("RebatePool", poolArguments, { id: "rebatePool" });
  const attesterRewards = m.contract("AttesterRewards", [gateAddress, treasury], { id: "attesterRewards" });
  const grants = m.contract("GrantStreams", [timelock, treasury], { id: "grants" });
  const referralCodes = m.contract("ReferralCodes", [], { id: "referralCodes" });
  m.call(feeSplitter, "setPools", [attesterRewards, rebatePool], { id: "setPools" });

  const given = (["proposer", "executor", "canceller"] as const).map((role) =>
    m.call(timelock, "grantRole", [timelockRoles[role], governor], { id: `grant_${role}` }),
  );
  const parts = { policyRegistry, attesters, rebatePool };
  const classed = delayClasses.map(({ part, call, selector, delayClass }) =>
    m.call(timelock, "setDelayClass", [parts[part], selector, delayClass], { id: `delay_${call}` }),
  );
  const fixed = m.call(stake, "setAttesters", [attesters], { id: "setAttesters" });
  const handed = m.call(gate, "setGovernor", [policyRegistry], { id: "setGovernor" });
  const after = [...given, ...classed, fixed, handed];
  m.call(timelock, "renounceRole", [timelockRoles.admin, deployer], { id: "renounceAdmin", after });
  const money = { treasury, feeSplitter, buyBack, attesterRewards, rebatePool, grants, referralCodes };
  return { token, stake, timelock, attesters, policyRegistry, governor, listRegistry, voteRelay, ...money };
});
