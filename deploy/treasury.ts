import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * Token, stake, timelock, and where money goes: what needs no gate. The escrow is deployed after this module and names the fee
 * splitter as the receiver of protocol fees. The deployer is the timelock's admin, and may fix the splitter's pools, until the
 * module Governance has done both.
 *
 * Parameters: `distributor` who gets the whole supply, `supply`, `unbondingPeriod` and `tierAge` in seconds, `tiers` stake of
 * the three fee tiers, `timelockDelay` in seconds, `treasuryCap` the share of each token that may leave the treasury in a
 * period and `feeParts` the parts of protocol fees, both in basis points.
 */
export default buildModule("Treasury", (m) => {
  const deployer = m.getAccount(0);
  const token = m.contract("SluiceToken", [m.getParameter("distributor"), m.getParameter("supply")], { id: "token" });
  const stakeArguments = [token, m.getParameter("unbondingPeriod"), m.getParameter("tierAge"), m.getParameter("tiers")];
  const stake = m.contract("SluiceStake", stakeArguments, { id: "stake" });
  const timelock = m.contract("SluiceTimelock", [m.getParameter("timelockDelay"), deployer], { id: "timelock" });
  const treasury = m.contract("Treasury", [timelock, m.getParameter("treasuryCap")], { id: "treasury" });
  const buyBack = m.contract("BuyBack", [token, stake, timelock, treasury], { id: "buyBack" });
  const splitArguments = [timelock, treasury, buyBack, m.getParameter("feeParts")];
  const feeSplitter = m.contract("FeeSplitter", splitArguments, { id: "feeSplitter" });
  return { token, stake, timelock, treasury, buyBack, feeSplitter };
});
