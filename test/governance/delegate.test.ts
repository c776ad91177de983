import { expect } from "chai";
import { staking } from "@sluice/sdk";
import { Signature, ZeroAddress } from "ethers";

import { DAY, ethers, networkHelpers } from "../shared/suite.ts";
import { council, MILLION, now, voters, type Council, type Holder } from "./council.ts";

const FOR_ANY = "delegateBySig(address,address,uint256,uint256,bytes)";
const BY_KEY = "delegateBySig(address,uint256,uint256,uint8,bytes32,bytes32)";

async function delegation(c: Council, holder: Holder, delegatee: string, nonce: bigint, expiry: bigint) {
  const types = {
    Delegation: [
      { name: "delegatee", type: "address" },
      { name: "nonce", type: "uint256" },
      { name: "expiry", type: "uint256" },
    ],
  };
  const domain = {
    name: "Sluice Stake",
    version: "1",
    chainId: c.suite.chainId,
    verifyingContract: await c.stake.getAddress(),
  };
  return Signature.from(await holder.signTypedData(domain, types, { delegatee, nonce, expiry }));
}

describe("SluiceStake.delegate", () => {
  it("moves the votes, and they follow what is staked later", async () => {
    const c = await voters();
    const tx = c.stake.connect(c.bob).delegate(c.carol.address);
    await expect(tx).to.emit(c.stake, "DelegateChanged").withArgs(c.bob.address, c.bob.address, c.carol.address);
    await expect(tx)
      .to.emit(c.stake, "DelegateVotesChanged")
      .withArgs(c.bob.address, 2n * MILLION, 0);
    await expect(tx)
      .to.emit(c.stake, "DelegateVotesChanged")
      .withArgs(c.carol.address, MILLION, 3n * MILLION);
    await c.stake.connect(c.bob).stake(MILLION);
    expect([await c.stake.getVotes(c.bob.address), await c.stake.getVotes(c.carol.address)]).to.deep.equal([
      0n,
      4n * MILLION,
    ]);
    await c.stake.connect(c.bob).unstake(3n * MILLION);
    expect(await c.stake.getVotes(c.carol.address)).to.equal(MILLION);
  });

  it("comes back when it is given to nobody, so that no vote is ever lost", async () => {
    const c = await voters();
    await c.stake.connect(c.bob).delegate(c.carol.address);
    const tx = c.stake.connect(c.bob).delegate(ZeroAddress);
    await expect(tx).to.emit(c.stake, "DelegateChanged").withArgs(c.bob.address, c.carol.address, c.bob.address);
    expect([await c.stake.getVotes(c.bob.address), await c.stake.getVotes(c.carol.address)]).to.deep.equal([
      2n * MILLION,
      MILLION,
    ]);
    expect(await c.stake.delegates(c.bob.address)).to.equal(c.bob.address);
  });

  it("before the first stake sends its votes to the delegatee from the start", async () => {
    const c = await council();
    await c.stake.connect(c.alice).delegate(c.dave.address);
    const tx = c.stake.connect(c.alice).stake(MILLION);
    await expect(tx).to.emit(c.stake, "DelegateChanged").withArgs(c.alice.address, ZeroAddress, c.dave.address);
    expect([await c.stake.getVotes(c.alice.address), await c.stake.getVotes(c.dave.address)]).to.deep.equal([
      0n,
      MILLION,
    ]);
  });

  it("leaves the past as it was", async () => {
    const c = await voters();
    const before = await now();
    await networkHelpers.time.increase(10);
    await c.stake.connect(c.bob).delegate(c.carol.address);
    const after = await now();
    await networkHelpers.time.increase(10);
    expect(await c.stake.getPastVotes(c.bob.address, before)).to.equal(2n * MILLION);
    expect(await c.stake.getPastVotes(c.bob.address, after)).to.equal(0);
    expect(await c.stake.getPastVotes(c.carol.address, before)).to.equal(MILLION);
    expect(await c.stake.getPastVotes(c.carol.address, after)).to.equal(3n * MILLION);
  });

  it("tells no votes of a second that is not over", async () => {
    const c = await voters();
    const second = await now();
    await expect(c.stake.getPastVotes(c.bob.address, second + 1n))
      .to.be.revertedWithCustomError(c.stake, "TimepointNotPast")
      .withArgs(second + 1n, second);
    await expect(c.stake.getPastTotalSupply(second))
      .to.be.revertedWithCustomError(c.stake, "TimepointNotPast")
      .withArgs(second, second);
  });

  it("has the chain's time as its clock", async () => {
    const c = await voters();
    expect([await c.stake.clock(), await c.stake.CLOCK_MODE()]).to.deep.equal([await now(), "mode=timestamp"]);
    expect([await c.governor.clock(), await c.governor.CLOCK_MODE()]).to.deep.equal([await now(), "mode=timestamp"]);
  });
});

describe("SluiceStake.delegateBySig", () => {
  it("delegates for who signed, once", async () => {
    const c = await voters();
    const expiry = (await now()) + BigInt(DAY);
    const { v, r, s } = await delegation(c, c.bob, c.carol.address, 0n, expiry);
    await c.stake.connect(c.dave)[BY_KEY](c.carol.address, 0, expiry, v, r, s);
    expect(await c.stake.delegates(c.bob.address)).to.equal(c.carol.address);
    await expect(c.stake.connect(c.dave)[BY_KEY](c.carol.address, 0, expiry, v, r, s))
      .to.be.revertedWithCustomError(c.stake, "InvalidAccountNonce")
      .withArgs(c.bob.address, 1);
  });

  it("reverts when it is expired", async () => {
    const c = await voters();
    const expiry = (await now()) - 1n;
    const { v, r, s } = await delegation(c, c.bob, c.carol.address, 0n, expiry);
    await expect(c.stake[BY_KEY](c.carol.address, 0, expiry, v, r, s))
      .to.be.revertedWithCustomError(c.stake, "VotesExpiredSignature")
      .withArgs(expiry);
  });
});

describe("SluiceStake.delegateBySig for any wallet", () => {
  type Delegation = staking.AccountDelegation;

  async function signed(c: Council, signer: Holder, delegation: Delegation): Promise<string> {
    const site = { chainId: c.suite.chainId, stake: await c.stake.getAddress() };
    const { domain, types, message } = staking.delegationTypedData(delegation, site);
    return signer.signTypedData(domain, types, message);
  }

  /** A contract account of Bob's key with a million staked. */
  async function wallet(c: Council) {
    const account = await ethers.deployContract("ActorAccount", [c.bob.address]);
    const [address, stake] = [await account.getAddress(), await c.stake.getAddress()];
    await c.sluice.transfer(address, MILLION);
    const approve = c.sluice.interface.encodeFunctionData("approve", [stake, MILLION]);
    await account.execute(await c.sluice.getAddress(), approve);
    await account.execute(stake, c.stake.interface.encodeFunctionData("stake", [MILLION]));
    return address;
  }

  it("hears a contract account by EIP-1271, sent by anybody, once", async () => {
    const c = await voters();
    const site = { chainId: c.suite.chainId, stake: await c.stake.getAddress() };
    const account = await wallet(c);
    const expirySeconds = Number(await now()) + DAY;
    const delegation = { account, delegatee: c.carol.address, nonce: 0n, expirySeconds };
    const signature = await signed(c, c.bob, delegation);
    const { event } = await staking.delegateBySig(c.dave, site, delegation, signature);
    expect(event).to.deep.equal({ account, from: account, to: c.carol.address });
    expect(await c.stake.getVotes(c.carol.address)).to.equal(2n * MILLION);
    await expect(c.stake[FOR_ANY](account, c.carol.address, 0, expirySeconds, signature))
      .to.be.revertedWithCustomError(c.stake, "InvalidAccountNonce")
      .withArgs(account, 1);
  });

  it("hears a key too, and counts its nonces together with the other form's", async () => {
    const c = await voters();
    const expiry = (await now()) + BigInt(DAY);
    const { v, r, s } = await delegation(c, c.bob, c.carol.address, 0n, expiry);
    await c.stake[BY_KEY](c.carol.address, 0, expiry, v, r, s);
    const second = { account: c.bob.address, delegatee: c.dave.address, nonce: 1n, expirySeconds: Number(expiry) };
    await c.stake[FOR_ANY](c.bob.address, c.dave.address, 1, expiry, await signed(c, c.bob, second));
    expect([await c.stake.delegates(c.bob.address), await c.stake.nonces(c.bob.address)]).to.deep.equal([
      c.dave.address,
      2n,
    ]);
  });

  it("takes neither another's signature, nor one for another wallet of the same owner, nor an expired one", async () => {
    const c = await voters();
    const [account, other] = [await wallet(c), await wallet(c)];
    const expirySeconds = Number(await now()) + DAY;
    const said = { account, delegatee: c.carol.address, nonce: 0n, expirySeconds };
    const wrong: [string, string][] = [
      [account, await signed(c, c.dave, said)],
      [other, await signed(c, c.bob, said)],
      [account, await signed(c, c.bob, { ...said, delegatee: c.dave.address })],
      [account, "0x"],
    ];
    for (const [whose, signature] of wrong) {
      await expect(c.stake[FOR_ANY](whose, c.carol.address, 0, expirySeconds, signature))
        .to.be.revertedWithCustomError(c.stake, "DelegationSignatureInvalid")
        .withArgs(whose);
    }
    const late = { ...said, expirySeconds: Number(await now()) - 1 };
    await expect(c.stake[FOR_ANY](account, c.carol.address, 0, late.expirySeconds, await signed(c, c.bob, late)))
      .to.be.revertedWithCustomError(c.stake, "VotesExpiredSignature")
      .withArgs(late.expirySeconds);
  });
});
