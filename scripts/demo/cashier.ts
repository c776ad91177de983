import { attestations, bands, NodeError, payments, type Band, type SendOptions, type Terms } from "@sluice/sdk";
import { ZeroAddress, type ContractTransactionResponse, type Wallet } from "ethers";

import type { Stack } from "../stack/stack.ts";
import type { DemoClock } from "./clock.ts";

const DAY = 86_400;
const gasLimit = 400_000n;
const attestPolls = 400;
const pauseMs = 10;
const localToken = { tokenName: "Local Token", tokenVersion: "1" };
export const BAND_NAMES = bands;
export type BandName = Band;

/** A payment that is on chain. */
export type Payment = { terms: Terms; id: string };

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
      feeTier: "Nobody",
      salt: this.#salt,
      ...changes,
    };
  }

  /** The payer signs (ERC-3009), the operator submits, the block has the payment's time. */
  async authorize(payer: Wallet, terms: Terms, time: number): Promise<Payment> {
    const { operator, site } = this.#parts;
    const options = this.#mined(time);
    const sent = await payments.authorizeByAuthorization(operator, site, terms, payer, localToken, options);
    this.#note("authorize", sent.receipt.gasUsed);
    return { terms, id: sent.event.id };
  }

  /**
   * Asks a node for a quorum's attestation, again while it says that asking again may help.
   * @returns undefined when the node's last word is that no quorum answers
   */
  async attest(url: string, terms: Terms, attempts = attestPolls): Promise<Answer | undefined> {
    try {
      return await attestations.requestAttestation(url, this.#parts.site, terms, { attempts, pauseMs });
    } catch (error) {
      if (error instanceof NodeError && error.details.nodeCode === "QUORUM_NOT_REACHED") return undefined;
      throw error;
    }
  }

  /** The operator captures everything, 1 % fee kept; with an attestation, or without one where a band or silence speaks. */
  async capture({ terms }: Payment, attestation = "0x"): Promise<void> {
    const { operator, site } = this.#parts;
    const options = { amount: terms.amount, feeBps: 100, attestation, ...this.#mined() };
    const { receipt } = await payments.capture(operator, site, terms, options);
    this.#note(attestation === "0x" ? "captureUnattested" : "captureAttested", receipt.gasUsed);
  }

  async reclaim({ terms }: Payment): Promise<void> {
    const { operator, site } = this.#parts;
    const { receipt } = await payments.reclaim(operator, site, terms, this.#mined());
    this.#note("reclaim", receipt.gasUsed);
  }

  async request({ terms }: Payment): Promise<void> {
    const { operator, site } = this.#parts;
    const { receipt } = await payments.request(operator, site, terms, this.#mined());
    this.#note("request", receipt.gasUsed);
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

  async #receipt(operation: string, tx: ContractTransactionResponse): Promise<void> {
    const receipt = await this.#stack.connection.ethers.provider.getTransactionReceipt(tx.hash);
    if (receipt === null) throw new Error(`${operation}: transaction ${tx.hash} is in no block`);
    if (receipt.status !== 1) throw new Error(`${operation}: transaction ${tx.hash} was reverted`);
    this.#note(operation, receipt.gasUsed);
  }

  #note(operation: string, gasUsed: bigint): void {
    (this.gas[operation] ??= []).push(Number(gasUsed));
  }

  /** Nothing is mined by itself: the block is made as soon as the transaction is sent. */
  #mined(time?: number): SendOptions {
    return { gasLimit, onSent: () => this.#clock.mine(time) };
  }
}

async function openDesk(stack: Stack) {
  const { ethers } = stack.connection;
  const [, operator, , feeReceiver] = await ethers.getSigners();
  if (operator === undefined || feeReceiver === undefined) throw new Error("the local chain has no unlocked accounts");
  const escrow = await ethers.getContractAt("IPaymentEscrow", stack.deployment.escrow, operator);
  const token = await ethers.getContractAt("LocalToken", stack.deployment.token, operator);
  const site = { chainId: stack.deployment.chainId, escrow: stack.deployment.escrow };
  return { operator, feeReceiver, escrow, token, site };
}
