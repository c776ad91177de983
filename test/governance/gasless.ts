import { batchBallotTypedData, type SignedBallot } from "@sluice/sdk";
import { Wallet, type Signer } from "ethers";

import { ethers, key, networkHelpers } from "../shared/suite.ts";
import { changing, propose, toVote, voters, type Council } from "./council.ts";

/** An open proposal, and wallets with stake that send no transaction of their own. */
export async function openFor(count = 3) {
  const c = await voters();
  const wallets = Array.from(
    { length: count },
    (_, index) => new Wallet(key(`gasless voter ${index}`), ethers.provider),
  );
  for (const wallet of wallets) {
    await networkHelpers.setBalance(wallet.address, 10n ** 18n);
    await c.sluice.connect(c.dave).transfer(wallet.address, 1_000n);
    await c.sluice.connect(wallet).approve(await c.stake.getAddress(), 1_000n);
    // A wallet estimates; what staking costs depends on whether the second of the last change is over.
    await c.stake.connect(wallet).stake(1_000n, { gasLimit: 500_000 });
  }
  const proposal = await changing(c, { HoldAt: 9_600 });
  const id = await propose(c, proposal);
  await toVote(c, id);
  return { c, wallets, id };
}

export async function ballot(c: Council, id: bigint, voter: Signer, support: number): Promise<SignedBallot> {
  const address = await voter.getAddress();
  const site = { chainId: c.suite.chainId, governor: await c.governor.getAddress() };
  const { domain, types, message } = batchBallotTypedData(id, support, address, site);
  return { voter: address, support, signature: await voter.signTypedData(domain, types, message) };
}
