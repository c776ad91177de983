import type { Stack } from "../stack/stack.ts";
import { BAND_NAMES, type GasBook } from "./cashier.ts";

/** Gas of the bands that nodes posted by themselves, from their receipts. */
export async function postGas(stack: Stack): Promise<GasBook> {
  const { ethers } = stack.connection;
  const escrow = await ethers.getContractAt("IPaymentEscrow", stack.deployment.escrow);
  const gas: GasBook = {};
  for (const log of await escrow.queryFilter(escrow.filters.BandPosted())) {
    const receipt = await log.getTransactionReceipt();
    (gas[`post${BAND_NAMES[Number(log.args.band)] ?? ""}`] ??= []).push(Number(receipt.gasUsed));
  }
  return gas;
}
