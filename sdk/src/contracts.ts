import { Contract, type ContractRunner } from "ethers";

import { checkAddress } from "./checks.ts";
import { paymentChannelsAbi, paymentEscrowAbi, riskEpochAbi, riskGateAbi } from "./generated/abi.ts";

/** The escrow at an address; `runner` is a provider for reading, a signer for writing. */
export function escrowContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("escrow", address), paymentEscrowAbi, runner);
}

/** The payment channels at an address. */
export function channelsContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("channels", address), paymentChannelsAbi, runner);
}

/** The risk gate at an address. */
export function gateContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("gate", address), riskGateAbi, runner);
}

/** A risk epoch at an address. */
export function epochContract(address: string, runner: ContractRunner): Contract {
  return new Contract(checkAddress("epoch", address), riskEpochAbi, runner);
}
