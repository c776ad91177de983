import { Wallet, keccak256, toUtf8Bytes } from "ethers";

/**
 * Addresses of the demo's people, derived from their names in the sample, so that the books script can find a payee's
 * label without being told anything by the demo.
 */
export function demoWallet(role: "payee" | "payer", name: string): Wallet {
  return new Wallet(keccak256(toUtf8Bytes(`sluice demo ${role} ${name}`)));
}

/** Address of a sample account as payee of the stream. */
export function payeeAddress(account: string): string {
  return demoWallet("payee", account).address;
}
