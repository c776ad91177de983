import { expect } from "chai";
import { toBeHex } from "ethers";

import { channelOf, fixture, termsOf } from "../channels/world.ts";
import { ethers } from "../shared/suite.ts";

describe("assembly against its plain twin: the balance that channels read", () => {
  it("is refused of exactly those addresses that plain Solidity cannot read a balance of", async () => {
    const world = await fixture();
    const twins = await ethers.deployContract("AssemblyTwins");
    const channels = await world.channels.getAddress();
    const token = await world.token.getAddress();
    const odd = ["PhantomToken", "Echo", "OddReturnToken", "CallerProbe"].map((name) => ethers.deployContract(name));
    const holders = [token, channels, world.stranger.address];
    for (const contract of await Promise.all(odd)) holders.push(await contract.getAddress());
    for (let precompile = 1; precompile <= 9; precompile += 1) holders.push(toBeHex(precompile, 20));
    const unreadable = world.channels.interface.getError("TokenUnreadable")?.selector ?? "none";
    for (const address of holders) {
      const plain = await twins.balancePlainly(address).then(
        () => true,
        () => false,
      );
      const { packed } = channelOf(world, await termsOf(world, { token: address }));
      // Whether the balance was read: what comes after it may fail for other reasons.
      const read = await world.channels
        .connect(world.payer)
        .open.staticCall(packed, 1n)
        .then(
          () => true,
          (thrown: unknown) => !String(Reflect.get(Object(thrown), "data")).startsWith(unreadable),
        );
      expect(read, address).to.equal(plain);
    }
  });
});
