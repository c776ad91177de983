import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import sluiceModule from "./sluice.ts";

/**
 * Payment channels on the gate of deploy/sluice.ts. Takes no parameter of its own and keeps no power over funds: the contract
 * has no owner.
 */
export default buildModule("SluiceChannels", (m) => {
  const { gate } = m.useModule(sluiceModule);
  const channels = m.contract("PaymentChannels", [gate], { id: "channels" });
  return { channels };
});
