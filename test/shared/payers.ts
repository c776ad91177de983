import type { Wallet } from "ethers";

import { installPermit2, permit2Address } from "../../scripts/stack/permit2.ts";
import { setPolicy, walletPayer, withToken } from "./moves.ts";
import { epochConfig, ethers, networkHelpers, UNIT, type Suite } from "./suite.ts";

const MAX = 2n ** 256n - 1n;

/** The real Permit2 and a payer who has approved it, and not the escrow. */
export async function permit2Payer(suite: Suite): Promise<Wallet> {
  await installPermit2(suite.deployer, (address, code) => networkHelpers.setCode(address, code));
  const wallet = await walletPayer(suite);
  await suite.token.connect(wallet).approve(suite.site.escrow, 0n);
  await suite.token.connect(wallet).approve(permit2Address, MAX);
  return wallet;
}

/** A token with permits, and a payer who holds 1,000 of it and has approved nobody. */
export async function permitPayer(plain: Suite) {
  const token = await ethers.deployContract("PermitToken");
  const address = await token.getAddress();
  const suite = await withToken(plain, address);
  const wallet = await walletPayer(suite);
  await token.mint(wallet.address, 1_000n * UNIT);
  const domain = async () => ({
    tokenName: "Permit Token",
    tokenVersion: "1",
    nonce: await token.nonces(wallet.address),
  });
  return { suite, token, address, wallet, domain };
}

/** A suite whose epoch lists the native coin, as a token of 18 digits. */
export async function withCoin(plain: Suite): Promise<Suite> {
  const config = epochConfig(plain.keys, 2, await plain.token.getAddress());
  config.tokens = [{ token: ethers.ZeroAddress, shift: 12, class: 2 }, ...config.tokens];
  const epoch = await ethers.deployContract("DirectEpoch", [config]);
  await setPolicy(plain, {}, epoch);
  return { ...plain, epoch };
}

/** A contract account of `owner`, not deployed yet, that holds 1,000 tokens; and what wraps its signatures. */
export async function unborn(suite: Suite, owner: string) {
  const factory = await ethers.deployContract("AccountFactory");
  const salt = ethers.id("account");
  const address = await factory.addressOf(owner, salt);
  await suite.token.mint(address, 1_000n * UNIT);
  const data = factory.interface.encodeFunctionData("deploy", [owner, salt]);
  return { address, factory: await factory.getAddress(), data };
}
