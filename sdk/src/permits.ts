import { Interface, type Signer, type TypedDataDomain } from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";
import { read, type Reader } from "./read.ts";
import type { TokenDomain } from "./tokens.ts";

/** Where Permit2 is on every chain that has it. */
export const permit2Address = "0x000000000022D473030F116dDEE9F6B43aC78BA3";

/** A pull of tokens through Permit2, signed by their owner, who has given Permit2 an allowance. */
export type Permit2Transfer = {
  chainId: number | bigint;
  token: string;
  /** In the token's smallest unit. */
  amount: bigint;
  /** Who may pull, to wherever he says. */
  spender: string;
  /** Any number not used before; 256 neighbours share a slot, so the next one costs least. */
  nonce: bigint;
  /** Last second at which it counts. */
  deadline: number;
  /** What it pays for: the payment's id or the batch's digest. */
  payment: string;
};

/** An allowance given by signature (EIP-2612). */
export type Permit = TokenDomain & {
  chainId: number | bigint;
  token: string;
  owner: string;
  spender: string;
  /** In the token's smallest unit. */
  value: bigint;
  /** What the token's `nonces(owner)` answers. */
  nonce: bigint;
  /** Last second at which it counts. */
  deadline: number;
};

type TypedData = {
  domain: TypedDataDomain;
  types: Record<string, { name: string; type: string }[]>;
  message: Record<string, unknown>;
};

const permit2Abi = new Interface(["function nonceBitmap(address owner, uint256 word) view returns (uint256)"]);

const transferTypes = {
  PermitWitnessTransferFrom: [
    { name: "permitted", type: "TokenPermissions" },
    { name: "spender", type: "address" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
    { name: "payment", type: "bytes32" },
  ],
  TokenPermissions: [
    { name: "token", type: "address" },
    { name: "amount", type: "uint256" },
  ],
};

const permitTypes = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
};

/**
 * Typed data of Permit2's `permitWitnessTransferFrom`, the payment as witness.
 * @throws SluiceError naming the field that does not fit
 */
export function permit2TypedData(transfer: Permit2Transfer): TypedData {
  const chainId = checkUint("chainId", transfer.chainId, 256);
  const permitted = { token: checkAddress("token", transfer.token), amount: checkUint("amount", transfer.amount, 256) };
  const message = {
    permitted,
    spender: checkAddress("spender", transfer.spender),
    nonce: checkUint("nonce", transfer.nonce, 256),
    deadline: checkUint("deadline", transfer.deadline, 256),
    payment: checkBytes("payment", transfer.payment, 32),
  };
  return { domain: { name: "Permit2", chainId, verifyingContract: permit2Address }, types: transferTypes, message };
}

/**
 * Typed data of EIP-2612 `permit`.
 * @throws SluiceError naming the field that does not fit
 */
export function permitTypedData(permit: Permit): TypedData {
  const domain = {
    name: permit.tokenName,
    version: permit.tokenVersion,
    chainId: checkUint("chainId", permit.chainId, 256),
    verifyingContract: checkAddress("token", permit.token),
  };
  const message = {
    owner: checkAddress("owner", permit.owner),
    spender: checkAddress("spender", permit.spender),
    value: checkUint("value", permit.value, 256),
    nonce: checkUint("nonce", permit.nonce, 256),
    deadline: checkUint("deadline", permit.deadline, 256),
  };
  return { domain, types: permitTypes, message };
}

/**
 * A nonce that the owner has not used yet, the lowest one.
 * @param taken How many free ones to leave out, because they are signed already and not submitted yet
 */
export async function freePermit2Nonce(reader: Reader, owner: string, taken = 0): Promise<bigint> {
  let left = BigInt(taken);
  for (let word = 0n; ; word += 1n) {
    const call = { chainId: 0, to: permit2Address, abi: permit2Abi, method: "nonceBitmap", args: [owner, word] };
    const used = checkUint("nonceBitmap", (await read(reader, call))[0], 256);
    for (let bit = 0n; bit < 256n; bit += 1n) {
      if ((used >> bit) & 1n) continue;
      if (left === 0n) return (word << 8n) | bit;
      left -= 1n;
    }
  }
}

/** Signs a pull through Permit2. */
export async function signPermit2Transfer(signer: Signer, transfer: Permit2Transfer): Promise<string> {
  const { domain, types, message } = permit2TypedData(transfer);
  return signer.signTypedData(domain, types, message);
}

/** Signs an allowance. */
export async function signTokenPermit(signer: Signer, permit: Permit): Promise<string> {
  const { domain, types, message } = permitTypedData(permit);
  return signer.signTypedData(domain, types, message);
}
