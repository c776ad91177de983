import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * Payment channels on a gate that exists. Parameter: `gate`, its address. Keeps no power over funds: the contract has no owner.
 */
export default buildModule("SluiceChannels", (m) => {
  const channels = m.contract("PaymentChannels", [m.getParameter("gate")], { id: "channels" });
  return { channels };
});
