import {
  packTerms,
  paymentId,
  signReceiveAuthorization,
  type PackedTerms,
  type Terms,
} from "@sluice/sdk";
import { ZeroAddress, type ContractTransactionReceipt, type ContractTransactionResponse, type Wallet } from "ethers";

import type { Stack } from "../stack/stack.ts";
import type { DemoClock } from "./clock.ts";

const DAY = 86_400;
const gasLimit = 400_000n;
const attestPolls = 400;
export const BAND_NAMES = ["None", "Allow", "Hold", "Block"] as const;
export type BandName = (typeof BAND_NAMES)[number];

/** A payment that is on chain. */
export type Payment = { terms: Terms; packed: PackedTerms; id: string };

/** What a node answers to a request for an attestation. */
export type Answer = { band: BandName; score: number; attestation: string };

export type GasBook = Record<string, number[]>;

/** The operator's desk: sends the escrow's transactions, asks nodes for attestations, keeps the gas of each operation. */
export class Cashier {
  readonly gas: GasBook = {};
  readonly #stack: Stack;
  readonly #clock: DemoClock;
  readonly #parts: Awaited<ReturnType<typeof openDesk>>;
  readonly #expected: { operation: string; tx: ContractTransactionResponse }[] = [];
  #salt = 0n;

  private constructor(stack: Stack, clock: DemoClock, parts: Awaited<ReturnType<typeof openDesk>>) {
    this.#stack = stack;
    this.#clock = clock;
    this.#parts = parts;
  }

  static async open(stack: Stack, clock: DemoClock): Promise<Cashier> {
    return new Cashier(stack, clock, await openDesk(stack));
  }

  get escrow() {
    return this.#parts.escrow;
  }

  get token() {
    return this.#parts.token;
  }

  /** Gives tokens to many accounts, a hundred mints a block. */
  async fund(amounts: ReadonlyMap<string, bigint>): Promise<void> {
    const entries = [...amounts];
    for (let start = 0; start < entries.length; start += 100) {
      const sent = [];
      for (const [account, amount] of entries.slice(start, start + 100)) {
        sent.push(await this.token.mint(account, amount, { gasLimit: 100_000n }));
      }
      await this.#clock.mine();
      for (const tx of sent) await this.#receipt("mint", tx);
    }
  }

  /** Terms of a demo payment: 1 % operator fee, 30 days to capture, at most three days of Hold. */
  termsFor(payer: string, payee: string, amount: bigint, now: number, changes: Partial<Terms> = {}): Terms {
    this.#salt += 1n;
    return {
      payer,
      payee,
      operator: this.#parts.operator.address,
      token: this.#stack.deployment.token,
      amount,
      authorizeBy: now + DAY,
      captureBy: now + 30 * DAY,
      refundBy: now + 90 * DAY,
      minFeeBps: 0,
      maxFeeBps: 100,
      feeReceiver: this.#parts.feeReceiver.address,
      arbiter: ZeroAddress,
      disputeBond: 0n,
      defaultSplitBps: 0,
      rulingWindow: 0,
      silenceRule: "Refund",
      maxHold: 3 * DAY,
      referral: "0x000000000000000000000000",
      salt: this.#salt,
      ...changes,
    };
  }

  /** The payer signs (ERC-3009), the operator submits, the block has the payment's time. */
  async authorize(payer: Wallet, terms: Terms, time: number): Promise<Payment> {
    const { deployment } = this.#stack;
    const site = { chainId: deployment.chainId, escrow: deployment.escrow };
    const id = paymentId(terms, site);
    const signature = await signReceiveAuthorization(payer, {
      token: deployment.token,
      tokenName: "Local Token",
      tokenVersion: "1",
      chainId: deployment.chainId,
      from: terms.payer,
      to: deployment.escrow,
      value: terms.amount,
      validAfter: 0,
      validBefore: terms.authorizeBy,
      nonce: id,
    });
    const packed = packTerms(terms);
    const tx = await this.escrow.authorize(packed, 1, signature, { gasLimit });
    await this.#clock.mine(time);
    await this.#receipt("authorize", tx);
    return { terms, packed, id };
  }

  /**
   * Asks a node for a quorum's attestation, again while it says that asking again may help.
   * @returns undefined when the node's last word is that no quorum answers
   */
  async attest(url: string, terms: Terms, polls = attestPolls): Promise<Answer | undefined> {
    const body = JSON.stringify({ terms }, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
    let last = "";
    for (let poll = 0; poll < polls; poll += 1) {
      const response = await fetch(`${url}/v1/attestations`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      const answer: unknown = await response.json();
      if (response.ok) return readAnswer(answer);
      last = JSON.stringify(answer);
      if (last.includes("QUORUM_NOT_REACHED") && poll + 1 >= polls) return undefined;
      if (!last.includes('"retriable":true')) throw new Error(`${url} refused: ${last}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (last.includes("QUORUM_NOT_REACHED")) return undefined;
    throw new Error(`${url} did not attest: ${last}`);
  }

  /** The operator captures everything, 1 % fee kept; with an attestation, or without one where a band or silence speaks. */
  async capture(payment: Payment, attestation = "0x"): Promise<void> {
    const { packed, terms } = payment;
    const tx = await this.escrow.capture(packed, terms.amount, 100n, false, attestation, { gasLimit });
    await this.#clock.mine();
    await this.#receipt(attestation === "0x" ? "captureUnattested" : "captureAttested", tx);
  }

  async reclaim(payment: Payment): Promise<void> {
    const tx = await this.escrow.reclaim(payment.packed, { gasLimit });
    await this.#clock.mine();
    await this.#receipt("reclaim", tx);
  }

  async request(payment: Payment): Promise<void> {
    const tx = await this.escrow.request(payment.packed, { gasLimit });
    await this.#clock.mine();
    await this.#receipt("request", tx);
  }

  /** The band nodes post by themselves, waiting for it. */
  async postedBand(payment: Payment): Promise<BandName> {
    return this.#clock.until(`a posted band of ${payment.id}`, async () => {
      const { band } = await this.escrow.payment(payment.id);
      return band === 0n ? undefined : BAND_NAMES[Number(band)];
    });
  }

  async capturable(payment: Payment): Promise<bigint> {
    return (await this.escrow.payment(payment.id)).capturable;
  }

  /** Notes a sent transaction of another contract; `settleExpected` looks at its receipt once it is mined. */
  expect(operation: string, tx: ContractTransactionResponse): void {
    this.#expected.push({ operation, tx });
  }

  /** Checks every transaction noted since the last time and keeps its gas. */
  async settleExpected(): Promise<void> {
    for (const { operation, tx } of this.#expected.splice(0)) await this.#receipt(operation, tx);
  }

  async #receipt(operation: string, tx: ContractTransactionResponse): Promise<ContractTransactionReceipt> {
    const receipt = await this.#stack.connection.ethers.provider.getTransactionReceipt(tx.hash);
    if (receipt === null) throw new Error(`${operation}: transaction ${tx.hash} is in no block`);
    if (receipt.status !== 1) throw new Error(`${operation}: transaction ${tx.hash} was reverted`);
    (this.gas[operation] ??= []).push(Number(receipt.gasUsed));
    return receipt as ContractTransactionReceipt; // ethers gives the same object a contract's type when waited for
  }
}

async function openDesk(stack: Stack) {
  const { ethers } = stack.connection;
  const [, operator, , feeReceiver] = await ethers.getSigners();
  if (operator === undefined || feeReceiver === undefined) throw new Error("the local chain has no unlocked accounts");
  const escrow = await ethers.getContractAt("PaymentEscrow", stack.deployment.escrow, operator);
  const token = await ethers.getContractAt("LocalToken", stack.deployment.token, operator);
  return { operator, feeReceiver, escrow, token };
}

function readAnswer(answer: unknown): Answer {
  const { band, score, attestation } = answer as Record<string, unknown>; // each part is checked on the next line
  const name = typeof band === "number" ? BAND_NAMES[band] : BAND_NAMES.find((known) => known === band);
  if (name === undefined || typeof score !== "number" || typeof attestation !== "string") {
    throw new Error(`the node's answer is no attestation: ${JSON.stringify(answer)}`);
  }
  return { band: name, score, attestation };
}
