import {
  channelId,
  orderTypedData,
  packOrder,
  settlementTypedData,
  voucherTypedData,
  type ChannelTerms,
  type Order,
  type Settlement,
} from "@sluice/sdk";
import { getAddress, TypedDataEncoder, type TypedDataDomain } from "ethers";

import { curve } from "../attest/curve.ts";
import type { RpcClient } from "../chain/rpc.ts";
import { OracleError } from "../errors.ts";
import type { BlockRef, ChainStore } from "../store/chainStore.ts";
import { readChannel } from "./channelReader.ts";
import type { Papers } from "./papers.ts";
import { loadView, type PaymentView } from "./paymentView.ts";
import type { Runner } from "./runner.ts";

export interface DeskDeps {
  readonly papers: Papers;
  readonly store: ChainStore;
  readonly rpc: RpcClient;
  readonly runner: Pick<Runner, "touch" | "touchChannel">;
  readonly head: () => BlockRef | undefined;
  readonly site: {
    readonly chainId: number;
    readonly escrow: string;
    readonly gate: string;
    readonly channels?: string | undefined;
  };
  /** Operators, payees and payers whose papers the keeper carries, checksummed: its gas is theirs to ask for. */
  readonly serves: ReadonlySet<string>;
}

/** A paper was taken: it is on disk, and carried out when its time comes. */
export interface Taken {
  readonly subject: string;
  /** False where the same or a better one is there already. */
  readonly kept: boolean;
}

interface TypedData {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, { name: string; type: string }[]>;
  readonly message: Record<string, unknown>;
}

function refuse(why: string, details: Readonly<Record<string, unknown>>): OracleError {
  return new OracleError("KEEPER_REFUSED", why, details);
}

/** Who signed typed data with a plain key; a contract's signature is not taken, because it can change until it is used. */
function signerOf(data: TypedData, signature: string, what: string): string {
  try {
    return curve.recover(TypedDataEncoder.hash(data.domain, data.types, data.message), signature);
  } catch {
    throw refuse(`${what} has no signature of a plain key`, {});
  }
}

/** Takes orders, settlements and vouchers in: each is checked in full, kept durably, and then carried out by the runner. */
export class Desk {
  readonly #deps: DeskDeps;

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  /**
   * An order of the operator or the payee, to be carried out when the payment's band lets it.
   *
   * @throws OracleError UNKNOWN_PAYMENT, or KEEPER_REFUSED where it is signed by nobody the keeper serves, or for another state.
   */
  async takeOrder(id: string, order: Order, signature: string): Promise<Taken> {
    const view = await this.#view(id);
    const signer = signerOf(orderTypedData(order, view.terms, this.#deps.site), signature, "the order");
    if (signer !== view.terms.operator && signer !== view.terms.payee) {
      throw refuse("the order is neither the operator's nor the payee's", { signer });
    }
    this.#checkServed([signer]);
    this.#checkState(view, order);
    if (order.refundable !== view.refundable) throw refuse("the order was signed for another state", { id });
    const body = { ...packOrder(order), signature };
    await this.#deps.papers.put("order", id, body, this.#block);
    this.#deps.runner.touch(id);
    return { subject: id, kept: true };
  }

  /** What payer and payee both signed. */
  async takeSettlement(
    id: string,
    settlement: Settlement,
    signatures: { readonly payer: string; readonly payee: string },
  ): Promise<Taken> {
    const view = await this.#view(id);
    const { payer, payee } = view.terms;
    const data = settlementTypedData(settlement, view.terms, this.#deps.site);
    for (const [party, signature] of [
      [payer, signatures.payer],
      [payee, signatures.payee],
    ] as const) {
      const signer = signerOf(data, signature, "the settlement");
      if (signer !== party) throw refuse("the settlement is not signed by both sides", { expected: party, signer });
    }
    this.#checkServed([payer, payee]);
    this.#checkState(view, settlement);
    const { toPayee, toPayer, capturable } = settlement;
    const deadline = BigInt(settlement.deadline);
    const given = { payerSignature: signatures.payer, payeeSignature: signatures.payee };
    await this.#deps.papers.put("settlement", id, { toPayee, toPayer, capturable, deadline, ...given }, this.#block);
    this.#deps.runner.touch(id);
    return { subject: id, kept: true };
  }

  /**
   * The payee's last voucher of a channel. A lower one than the one that is there is not kept.
   *
   * @throws OracleError KEEPER_REFUSED where the keeper does not serve the payee, the channel is not open on chain, the voucher
   * is not its signer's or not above what was paid.
   */
  async takeVoucher(terms: ChannelTerms, cumulative: bigint, signature: string): Promise<Taken> {
    const { site, papers, rpc, runner } = this.#deps;
    if (site.channels === undefined) throw refuse("the keeper knows no channels", {});
    const channelSite = { chainId: site.chainId, channels: site.channels };
    const id = channelId(terms, channelSite).toLowerCase();
    this.#checkServed([getAddress(terms.payee)]);
    const signer = signerOf(voucherTypedData(id, cumulative, channelSite), signature, "the voucher");
    if (signer !== getAddress(terms.signer)) throw refuse("the voucher is not its channel's signer's", { signer });
    const place = { gate: site.gate, channels: site.channels };
    const state = await readChannel(rpc, place, id, terms.token);
    if (!state.open) throw refuse("the channel is not open", { id });
    if (cumulative <= state.claimed) throw refuse("the voucher is paid already", { id, claimed: state.claimed });
    const before = await papers.of("voucher", id);
    if (before !== undefined && before.body.cumulative >= cumulative) return { subject: id, kept: false };
    await papers.put("voucher", id, { cumulative, signature }, this.#block);
    runner.touchChannel(id);
    return { subject: id, kept: true };
  }

  get #block(): number {
    return this.#deps.head()?.number ?? 0;
  }

  async #view(id: string): Promise<PaymentView> {
    const view = await loadView(this.#deps.store, id);
    if (view === undefined) throw new OracleError("UNKNOWN_PAYMENT", `payment ${id} was not seen here`);
    return view;
  }

  #checkServed(parties: readonly string[]): void {
    if (parties.some((party) => this.#deps.serves.has(party))) return;
    throw refuse("the keeper does not carry papers of these parties: see keeperServes", { parties });
  }

  #checkState(view: PaymentView, paper: { readonly capturable: bigint; readonly deadline: number }): void {
    const now = this.#deps.head()?.timestamp ?? 0;
    if (paper.deadline <= now) throw refuse("its deadline has passed", { deadline: paper.deadline, now });
    if (paper.capturable !== view.capturable) throw refuse("it was signed for another state", { id: view.id });
  }
}
