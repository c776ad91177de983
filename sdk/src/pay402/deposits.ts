import { dataSlice, Interface, toBigInt, type Signer } from "ethers";

import { signOpen, signOpenPermit2 } from "../channelConsent.ts";
import { openAuthorization, topUpAuthorization, type ChannelSite } from "../channels.ts";
import { SluiceError } from "../failure.ts";
import { permit2Address, signTokenPermit } from "../permits.ts";
import { execute } from "../send.ts";
import type { PaidTerms } from "../sessionText.ts";
import { signReceiveAuthorization } from "../tokens.ts";
import type { Ask } from "./answers.ts";
import type { DepositKind, DepositText } from "./wire.ts";

const erc20 = new Interface([
  "function allowance(address owner, address spender) view returns (uint256)",
  "function approve(address spender, uint256 amount) returns (bool)",
  "function nonces(address owner) view returns (uint256)",
]);
const saltBytes = 8;

/**
 * Of the ways that the seller takes the first one by which the payer can deposit so much; undefined where he sends a transaction
 * of his own. Without a provider only ERC-3009 is known to work.
 * @param wanted Ways the payer wants, the best one first; the seller's when absent
 */
export async function depositKindFor(
  payer: Signer,
  { deposits, token }: Ask,
  amount: bigint,
  wanted: readonly DepositKind[] = deposits,
): Promise<DepositKind | undefined> {
  for (const kind of wanted.filter((one) => deposits.includes(one))) {
    if (kind === "eip3009") return kind;
    if (payer.provider === null) continue;
    if (kind === "eip2612" || (await allowance(payer, token, permit2Address)) >= amount) return kind;
  }
  return undefined;
}

export function kindOf({ authorization }: DepositText): DepositKind {
  if ("permit2Authorization" in authorization) return "permit2";
  return "eip2612Authorization" in authorization ? "eip2612" : "eip3009";
}

export type Depositing = { terms: PaidTerms; amount: bigint; deadline: number; site: ChannelSite };

/** Signs what opens the channel, in one of the seller's ways. */
export async function signDeposit(
  kind: DepositKind,
  payer: Signer,
  ask: Ask,
  { terms, amount, deadline, site }: Depositing,
): Promise<DepositText> {
  const text = { amount: amount.toString() };
  const until = deadline.toString();
  if (kind === "permit2") {
    const nonce = randomNumber();
    const signed = await signOpenPermit2(payer, terms, amount, nonce, deadline, site);
    const signature = dataSlice(signed, 32); // the nonce stands before it
    return { ...text, authorization: { permit2Authorization: { nonce: `${nonce}`, deadline: until, signature } } };
  }
  const domain = domainIn(ask);
  if (kind === "eip2612") {
    const { chainId, channels: spender } = site;
    const nonce = await numberOf(payer, terms.token, "nonces", [terms.payer]);
    const allowed = { chainId, token: terms.token, owner: terms.payer, spender, value: amount, nonce, deadline };
    const permit = await signTokenPermit(payer, { ...domain, ...allowed });
    const signature = await signOpen(payer, terms, amount, "Allowance", deadline, site);
    return { ...text, authorization: { eip2612Authorization: { deadline: until, permit, signature } } };
  }
  const pull = openAuthorization(terms, amount, site, { ...domain, validBefore: deadline });
  return pulled(amount, deadline, 0n, await signReceiveAuthorization(payer, pull));
}

/** Signs what adds to a deposit, by ERC-3009. */
export async function signTopUp(
  payer: Signer,
  ask: Ask,
  { terms, amount, deadline, site }: Depositing,
): Promise<DepositText> {
  const salt = randomNumber();
  const signing = { ...domainIn(ask), validBefore: deadline };
  const pull = topUpAuthorization(terms, terms.payer, amount, salt, site, signing);
  return pulled(amount, deadline, salt, await signReceiveAuthorization(payer, pull));
}

/** Lets the contract take so much, unless it may already. */
export async function allow(payer: Signer, site: ChannelSite, token: string, amount: bigint): Promise<void> {
  if ((await allowance(payer, token, site.channels)) >= amount) return;
  const args = [site.channels, amount];
  await execute(payer, { chainId: site.chainId, to: token, abi: erc20, method: "approve", args });
}

export function randomNumber(): bigint {
  return toBigInt(crypto.getRandomValues(new Uint8Array(saltBytes)));
}

function pulled(amount: bigint, validBefore: number, salt: bigint, signature: string): DepositText {
  const name = `0x${salt.toString(16).padStart(64, "0")}`;
  const text = { validAfter: "0" as const, validBefore: validBefore.toString(), salt: name, signature };
  return { amount: amount.toString(), authorization: { erc3009Authorization: text } };
}

function domainIn({ tokenDomain }: Ask): NonNullable<Ask["tokenDomain"]> {
  if (tokenDomain === undefined) throw new SluiceError("PAYMENT_INVALID", "accepts: no name and version of the token");
  return tokenDomain;
}

async function allowance(payer: Signer, token: string, spender: string): Promise<bigint> {
  return numberOf(payer, token, "allowance", [await payer.getAddress(), spender]);
}

async function numberOf(payer: Signer, token: string, method: string, args: unknown[]): Promise<bigint> {
  return toBigInt(await payer.call({ to: token, data: erc20.encodeFunctionData(method, args) }));
}
