import { expect } from "chai";
import { Interface, makeError, Wallet, type Signer, type TransactionReceipt, type TransactionRequest } from "ethers";

import { paymentEscrowAbi, payments, SluiceError, type EscrowSite, type Terms } from "../../sdk/src/index.ts";
import { thrownBy } from "./refusals.ts";
import { sensibleTerms } from "./samples.ts";

const site: EscrowSite = { chainId: 31_337, escrow: `0x${"11".repeat(20)}` };
const escrow = new Interface(paymentEscrowAbi);
const terms: Terms = sensibleTerms();
const hash = `0x${"ab".repeat(32)}`;
const receipt = { hash, status: 1, logs: [] } as unknown as TransactionReceipt;

/** A signer whose estimate is 100 gas and whose transactions end as told; keeps what it was asked to send. */
function signerWhose(wait: () => Promise<TransactionReceipt | null>) {
  const asked: TransactionRequest[] = [];
  const signer = {
    estimateGas: async () => 100n,
    sendTransaction: async (request: TransactionRequest) => {
      asked.push(request);
      return { hash, wait };
    },
  };
  return { signer: signer as unknown as Signer, asked };
}

async function reclaimWith(wait: () => Promise<TransactionReceipt | null>, options = {}) {
  const { signer, asked } = signerWhose(wait);
  return { thrown: await thrownBy(payments.reclaim(signer, site, terms, options)), asked };
}

describe("sdk: sending", () => {
  it("gives half as much gas again as estimated, on the chain of the site", async () => {
    const { asked } = await reclaimWith(async () => receipt);
    expect(asked).to.have.length(1);
    expect(asked[0]).to.include({ gasLimit: 150n, chainId: 31_337, to: site.escrow });
  });

  it("hands on fees, nonce and gas limit, and no word to the signer of what is not its own", async () => {
    const overrides = { gasLimit: 7n, maxFeePerGas: 8n, maxPriorityFeePerGas: 9n, nonce: 3 };
    const { asked } = await reclaimWith(async () => receipt, {
      ...overrides,
      confirmations: 2,
      onSent: () => undefined,
    });
    expect(asked[0]).to.include(overrides).and.not.have.any.keys("confirmations", "onSent");
  });

  it("waits for what it is told once sent", async () => {
    const order: string[] = [];
    const { signer } = signerWhose(async () => {
      order.push("waited");
      return receipt;
    });
    const onSent = async (sent: { hash: string }): Promise<void> => {
      await Promise.resolve();
      order.push(`sent ${sent.hash}`);
    };
    await thrownBy(payments.reclaim(signer, site, terms, { onSent }));
    expect(order).to.deep.equal([`sent ${hash}`, "waited"]);
  });

  it("takes the same transaction with a higher fee for the one it sent", async () => {
    const replaced = (reason: "repriced" | "cancelled", cancelled: boolean) =>
      makeError("transaction was replaced", "TRANSACTION_REPLACED", {
        ...{ reason, cancelled, hash, receipt },
        replacement: {} as never,
      });
    const repriced = await reclaimWith(async () => Promise.reject(replaced("repriced", false)));
    expect(repriced.thrown).to.be.instanceOf(SluiceError).and.include({ code: "CONTRACT_UNEXPECTED" }); // its receipt is empty
    const error = replaced("cancelled", true);
    const cancelled = await reclaimWith(async () => Promise.reject(error));
    expect(cancelled.thrown).to.equal(error);
  });

  it("believes no event of another contract", async () => {
    const log = (address: string, amount: bigint) => ({
      address,
      ...escrow.encodeEventLog("Reclaimed", [hash, amount]),
    });
    const forged = log(`0x${"99".repeat(20)}`, 1_000n);
    const withLogs = (logs: object[]) =>
      signerWhose(async () => ({ ...receipt, logs }) as unknown as TransactionReceipt).signer;
    const { event } = await payments.reclaim(withLogs([forged, log(site.escrow, 7n)]), site, terms);
    expect(event).to.deep.equal({ id: hash, amount: 7n });
    const thrown = await thrownBy(payments.reclaim(withLogs([forged]), site, terms));
    expect(thrown).to.be.instanceOf(SluiceError).and.include({ code: "CONTRACT_UNEXPECTED" });
  });

  it("hands on what is no refusal by a contract", async () => {
    const error = makeError("insufficient funds", "INSUFFICIENT_FUNDS", { transaction: {} });
    const broke = { estimateGas: async () => Promise.reject(error) } as unknown as Signer;
    expect(await thrownBy(payments.reclaim(broke, site, terms))).to.equal(error);
  });

  it("needs a provider", async () => {
    const thrown = await thrownBy(payments.reclaim(Wallet.createRandom(), site, terms));
    expect(thrown).to.include({ code: "UNSUPPORTED_OPERATION" });
  });
});
