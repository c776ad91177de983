import { expect } from "chai";
import { id, TypedDataEncoder, type TransactionRequest } from "ethers";
import { network } from "hardhat";

import { ethers, fixture } from "../shared/suite.ts";

/** The same code, immutables included, at the same addresses of a chain with another id: what a chain split leaves behind. */
async function onOtherChain(addresses: readonly string[], chainId: number) {
  const other = await network.create({ network: "hardhat", override: { chainId } });
  for (const address of addresses) {
    await other.networkHelpers.setCode(address, await ethers.provider.getCode(address));
  }
  return other;
}

function separator(provider: { call(request: TransactionRequest): Promise<string> }, to: string): Promise<string> {
  return provider.call({ to, data: id("domainSeparator()").slice(0, 10) });
}

describe("EIP-712 domains after a chain split", () => {
  for (const [contract, name] of [
    ["PaymentEscrow", "Sluice Escrow"],
    ["DirectEpoch", "Sluice Epoch"],
  ] as const) {
    it(`${contract} has the domain of the chain it finds itself on`, async () => {
      const suite = await fixture();
      const address = contract === "PaymentEscrow" ? suite.site.escrow : await suite.epoch.getAddress();
      const domain = (chainId: bigint | number) =>
        TypedDataEncoder.hashDomain({ name, version: "1", chainId, verifyingContract: address });
      expect(await separator(ethers.provider, address)).to.equal(domain(suite.chainId));
      const other = await onOtherChain([address, await suite.escrow.extension()], 424_242);
      try {
        expect(await separator(other.ethers.provider, address)).to.equal(domain(424_242));
      } finally {
        await other.close();
      }
    });
  }
});
