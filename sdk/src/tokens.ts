import type { Signer, TypedDataDomain } from "ethers";

import { checkAddress, checkBytes, checkUint } from "./checks.ts";

/** Name and version of a token's EIP-712 domain. */
export type TokenDomain = { tokenName: string; tokenVersion: string };

/** A pull of tokens by their receiver, signed by their owner (ERC-3009). Times in seconds since the Unix epoch, half-open. */
export type ReceiveAuthorization = TokenDomain & {
  token: string;
  chainId: number | bigint;
  from: string;
  to: string;
  /** In the token's smallest unit. */
  value: bigint;
  validAfter: number;
  validBefore: number;
  /** 32 bytes; for a payment its id. */
  nonce: string;
};

const receiveTypes = {
  ReceiveWithAuthorization: [
    { name: "from", type: "address" },
    { name: "to", type: "address" },
    { name: "value", type: "uint256" },
    { name: "validAfter", type: "uint256" },
    { name: "validBefore", type: "uint256" },
    { name: "nonce", type: "bytes32" },
  ],
};

/**
 * Typed data of ERC-3009 `receiveWithAuthorization`.
 * @throws SluiceError naming the field that does not fit
 */
export function receiveAuthorizationTypedData(authorization: ReceiveAuthorization): {
  domain: TypedDataDomain;
  types: Record<string, { name: string; type: string }[]>;
  message: Record<string, string | bigint>;
} {
  const { token, tokenName, tokenVersion, chainId } = authorization;
  const domain = {
    name: tokenName,
    version: tokenVersion,
    chainId: checkUint("chainId", chainId, 256),
    verifyingContract: checkAddress("token", token),
  };
  const message = {
    from: checkAddress("from", authorization.from),
    to: checkAddress("to", authorization.to),
    value: checkUint("value", authorization.value, 256),
    validAfter: checkUint("validAfter", authorization.validAfter, 256),
    validBefore: checkUint("validBefore", authorization.validBefore, 256),
    nonce: checkBytes("nonce", authorization.nonce, 32),
  };
  return { domain, types: receiveTypes, message };
}

/**
 * Signs a pull of tokens. For a payment: `to` the escrow, `value` the amount, `validAfter` 0, `validBefore` authorizeBy,
 * `nonce` the payment id; the answer is what `authorize` takes as `payerSignature`.
 * @returns 65 bytes of hex
 */
export async function signReceiveAuthorization(signer: Signer, authorization: ReceiveAuthorization): Promise<string> {
  const { domain, types, message } = receiveAuthorizationTypedData(authorization);
  return signer.signTypedData(domain, types, message);
}
