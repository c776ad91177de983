import { expect } from "chai";
import { network } from "hardhat";

import channelsModule from "../../deploy/channels.ts";

describe("deploy: channels", () => {
  it("stand on the gate that the module is given", async () => {
    const { ethers, ignition } = await network.create("hardhat");
    const [gate] = await ethers.getSigners();
    const address = gate?.address ?? "";
    const { channels } = await ignition.deploy(channelsModule, { parameters: { SluiceChannels: { gate: address } } });
    expect(await channels.getFunction("gate")()).to.equal(address);
  });
});
