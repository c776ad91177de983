import { randomBytes } from "node:crypto";
import { bands, reviewTypedData, type Review } from "@sluice/sdk";
import type { Kysely } from "kysely";
import { TypedDataEncoder, type Interface } from "ethers";

import { capturable } from "../attest/openness.ts";
import { expanded, type Signer } from "../attest/signer.ts";
import type { RpcClient } from "../chain/rpc.ts";
import { packedFromText, termsFromText } from "../chain/terms.ts";
import { OracleError } from "../errors.ts";
import type { EventRow, PaymentRow } from "../store/schema.ts";
import type { NoteRow, ReviewOrderRow, ServiceTables } from "../store/serviceSchema.ts";

/** Where a payment that was held or blocked stands, from its own events. Times in seconds since the Unix epoch. */
export interface ReviewState {
  readonly capturable: bigint;
  /** Band on chain: posted, or as a reviewer left it. Undefined before any. */
  readonly band: number | undefined;
  readonly reviewed: boolean;
  readonly disputed: boolean;
  /** From when on the payee may capture; undefined before a band is posted. */
  readonly opensAt: number | undefined;
  /** From when on the payer may reclaim. */
  readonly closesAt: number | undefined;
}

const ID_BYTES = 8;
const BLOCK = 3;
const ORDER_SECONDS = 86_400;

function numberIn({ body }: EventRow, name: string): number | undefined {
  const parsed: unknown = JSON.parse(body);
  const value: unknown = typeof parsed === "object" && parsed !== null ? Reflect.get(parsed, name) : undefined;
  return value === undefined ? undefined : Number(value);
}

/** The newest band and window, and what else decides whether a review is possible. */
export function reviewState(payment: PaymentRow, events: readonly EventRow[]): ReviewState {
  const last = events.findLast(({ kind }) => kind === "posted" || kind === "reviewed");
  const of = (name: string): number | undefined => (last === undefined ? undefined : numberIn(last, name));
  return {
    capturable: capturable(payment, events),
    band: last?.kind === "reviewed" ? of("toBand") : of("band"),
    reviewed: events.some(({ kind }) => kind === "reviewed"),
    disputed: events.some(({ kind }) => kind === "disputed"),
    opensAt: of("opensAt"),
    closesAt: of("closesAt"),
  };
}

export interface ReviewDeps {
  readonly service: Kysely<ServiceTables>;
  readonly rpc: RpcClient;
  readonly site: { readonly chainId: number; readonly escrow: string; readonly gate: string };
  /** The operator's reviewer; undefined where the settings name none. */
  readonly reviewer: Signer | undefined;
  readonly gate: Interface;
  readonly escrow: Interface;
  /** Milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

export interface OrderRequest {
  readonly payment: PaymentRow;
  readonly events: readonly EventRow[];
  /** Timestamp of the newest block, in seconds. */
  readonly now: number;
  readonly reasonCode: number;
  readonly deadline: number | undefined;
  /** Who asked for it. */
  readonly author: string;
}

/** A review that is signed, and the call that carries it out. */
export interface SignedReview {
  readonly order: ReviewOrderRow;
  readonly call: { readonly to: string; readonly data: string };
}

function refuse(message: string): OracleError {
  return new OracleError("NOT_REVIEWABLE", message);
}

/** What an operator does about payments that were held or blocked. */
export class ReviewDesk {
  readonly #deps: ReviewDeps;

  constructor(deps: ReviewDeps) {
    this.#deps = deps;
  }

  async addNote(payment: string, author: string, text: string): Promise<NoteRow> {
    const row = { id: `note_${randomBytes(ID_BYTES).toString("hex")}`, payment, author, text, at: this.#deps.clock() };
    await this.#deps.service.insertInto("notes").values(row).execute();
    return row;
  }

  /** Oldest first. */
  async notes(payment: string): Promise<NoteRow[]> {
    return this.#deps.service.selectFrom("notes").selectAll().where("payment", "=", payment).orderBy("at").execute();
  }

  /** Oldest first. */
  async orders(payment: string): Promise<ReviewOrderRow[]> {
    const query = this.#deps.service.selectFrom("review_orders").selectAll().where("payment", "=", payment);
    return query.orderBy("at").execute();
  }

  /**
   * Signs a review that makes the posted band one step milder, and keeps it. The contract takes one review a payment.
   *
   * @throws OracleError NOT_REVIEWABLE where the payment's state allows none, NOT_REVIEWER where the operator's key is neither
   *   the terms' arbiter nor a reviewer of the gate.
   */
  async sign({ payment, events, now, reasonCode, deadline, author }: OrderRequest): Promise<SignedReview> {
    const { site, escrow, clock } = this.#deps;
    const state = reviewState(payment, events);
    const fromBand = this.#reviewable(state, now);
    const terms = termsFromText(payment.terms);
    const reviewer = await this.#reviewerOf(terms.arbiter);
    const until = Math.min(deadline ?? now + ORDER_SECONDS, state.closesAt ?? Number.MAX_SAFE_INTEGER);
    if (until <= now) throw refuse(`deadline: ${until} is not after the newest block, ${now}`);
    const name = (band: number): Review["fromBand"] => bands[band] ?? "None";
    const review = { fromBand: name(fromBand), toBand: name(fromBand - 1), reasonCode, deadline: until };
    const { domain, types, message } = reviewTypedData(review, terms, site);
    const signature = expanded(await reviewer.sign(TypedDataEncoder.hash(domain, types, message))).serialized;
    const order = {
      id: `review_${randomBytes(ID_BYTES).toString("hex")}`,
      ...{ payment: payment.id, from_band: fromBand, to_band: fromBand - 1, reason_code: reasonCode, deadline: until },
      ...{ reviewer: reviewer.address, signature, author, at: clock() },
    };
    await this.#deps.service.insertInto("review_orders").values(order).execute();
    const args = [packedFromText(payment.terms), order.to_band, reasonCode, until, reviewer.address, signature];
    return { order, call: { to: site.escrow, data: escrow.encodeFunctionData("review", args) } };
  }

  #reviewable({ band, capturable: left, reviewed, disputed, closesAt }: ReviewState, now: number): number {
    if (band !== 2 && band !== BLOCK) throw refuse("neither Hold nor Block is posted on chain");
    if (left === 0n) throw refuse("nothing is left in escrow");
    if (reviewed) throw refuse("a reviewer has decided already");
    if (disputed) throw refuse("there is a dispute, which the arbiter rules");
    if (closesAt !== undefined && now >= closesAt) throw refuse(`the payer may reclaim since ${closesAt}`);
    return band;
  }

  async #reviewerOf(arbiter: string): Promise<Signer> {
    const { reviewer, rpc, gate, site } = this.#deps;
    if (reviewer === undefined)
      throw new OracleError("NOT_REVIEWER", "reviewKeyFile: the settings name no reviewer's key");
    if (reviewer.address === arbiter) return reviewer;
    const data = gate.encodeFunctionData("isReviewer", [reviewer.address]);
    const answer = await rpc.call("eth_call", [{ to: site.gate, data }, "latest"]);
    if (gate.decodeFunctionResult("isReviewer", String(answer))[0] === true) return reviewer;
    const details = { reviewer: reviewer.address, arbiter };
    throw new OracleError(
      "NOT_REVIEWER",
      `${reviewer.address} is neither the arbiter nor a reviewer of the gate`,
      details,
    );
  }
}
