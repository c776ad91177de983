import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/** A worthless ERC-20 with ERC-3009, for local networks only. */
export default buildModule("LocalToken", (m) => ({ token: m.contract("LocalToken") }));
