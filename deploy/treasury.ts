import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * Token, stake and timelock: what needs nothing else. The timelock is the treasury, so the escrow is deployed after this
 * module and names it. The deployer is its admin until the module Governance has given the roles away.
 *
 * Parameters: `distributor` who gets the whole supply, `supply`, `unbondingPeriod` and `tierAge` in seconds, `tiers` stake of
 * the three fee tiers, `timelockDelay` in seconds.
 */
export default buildModule("Treasury", (m) => {
  const deployer = m.getAccount(0);
  const token = m.contract("SluiceToken", [m.getParameter("distributor"), m.getParameter("supply")], { id: "token" });
  const stakeArguments = [token, m.getParameter("unbondingPeriod"), m.getParameter("tierAge"), m.getParameter("tiers")];
  const stake = m.contract("SluiceStake", stakeArguments, { id: "stake" });
  const timelock = m.contract("SluiceTimelock", [m.getParameter("timelockDelay"), deployer], { id: "timelock" });
  return { token, stake, timelock };
});
