import { expect } from "chai";
import { network } from "hardhat";

import channelsModule from "../../deploy/channels.ts";
import { localPolicy } from "../../scripts/stack/policy.ts";
import { attesterKeys } from "../shared/suite.ts";

describe("deploy: channels", () => {
  it("stand on the gate that deploy/sluice.ts deploys", async () => {
    const { ethers, ignition } = await network.create("hardhat");
    const [deployer] = await ethers.getSigners();
    const token = await ethers.deployContract("LocalToken");
    const epochConfig = {
      signers: attesterKeys(3).map((one) => ethers.computeAddress(one)),
      tiers: [{ upTo: 2n ** 48n - 1n, quorum: 2 }],
      tokens: [{ token: await token.getAddress(), shift: 12, class: 0 }],
    };
    const address = deployer?.address ?? "";
    const parameters = { Sluice: { epochConfig, policy: localPolicy, governor: address, treasury: address } };
    const { channels } = await ignition.deploy(channelsModule, { parameters });
    const gate = await ethers.getContractAt("IRiskGate", await channels.getFunction("gate")());
    expect((await gate.policyAt(await ethers.provider.getBlockNumber())).policy.channelCap).to.equal(localPolicy.channelCap);
  });
});
