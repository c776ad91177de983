import { Interface } from "ethers";

import { checkAddress } from "./checks.ts";
import { paymentEscrowAbi } from "./generated/abi.ts";
import type { Call } from "./send.ts";
import type { EscrowSite } from "./terms.ts";

const abi = new Interface(paymentEscrowAbi);

/** A call of the escrow; `value` in wei, for native coin. */
export function escrowCall(site: EscrowSite, method: string, args: readonly unknown[], value = 0n): Call {
  return { chainId: site.chainId, to: checkAddress("escrow", site.escrow), abi, method, args, value };
}
