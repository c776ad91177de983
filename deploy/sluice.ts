import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * Epoch, gate and escrow, in the order in which each needs the one before. `deploySluice` gives the parameters: `epochConfig`
 * signers, quorum tiers and tokens, `policy` the gate's first policy, `governor` who may change it (the deployer, until
 * governance takes over), `treasury` where the protocol's part of fees goes,
 * `stake` whose tiers lower it (the zero address: none). Nobody gets a power over funds: the escrow has no
 * owner.
 */
export default buildModule("Sluice", (m) => {
  const epoch = m.contract("RiskEpochEth2017V2", [m.getParameter("epochConfig")], { id: "epoch" });
  const gate = m.contract("RiskGate", [m.getParameter("policy"), epoch, m.getParameter("governor")], { id: "gate" });
  const escrow = m.contract("PaymentEscrow", [gate, m.getParameter("treasury"), m.getParameter("stake")], {
    id: "escrow",
  });
  return { epoch, gate, escrow };
});
