import { channelId, type ChannelSite, type ChannelTerms } from "../channels.ts";
import { readAsk, type Ask } from "../pay402/answers.ts";
import { configOf, encodeHeader, headers } from "../pay402/wire.ts";
import type { VoucherSigner } from "../vouchers/sign.ts";

/** The seller that is tested: a route that costs something and answers 200 to a paid GET. */
export type SellerUnderTest = {
  url: string;
  site: ChannelSite;
  /** Blocks after which the seller counts a deposit. */
  confirmations: number;
};

/** A chain that the runner may move: a local one, with the contract of the site on it. */
export type ChainFixture = {
  payer: string;
  /** Signs the vouchers of every channel. */
  session: VoucherSigner;
  /** Signs vouchers of another chain or contract with the session's key. */
  sessionOn: (site: ChannelSite) => VoucherSigner;
  open: (terms: ChannelTerms, deposit: bigint) => Promise<void>;
  /** Redeems a voucher on chain, as anybody may. */
  redeem: (terms: ChannelTerms, cumulative: bigint, signature: string) => Promise<void>;
  requestExit: (terms: ChannelTerms) => Promise<void>;
  mine: (blocks: number) => Promise<void>;
  /** Takes back what happened since `snapshot`, as a reorganisation does. */
  snapshot: () => Promise<() => Promise<void>>;
  /** Moves the chain's clock and the seller's. */
  advance: (seconds: number) => Promise<void>;
  /** Lets the seller notice what changed on chain. */
  settle: () => Promise<void>;
};

export type ConformanceResult = { attack: string; what: string; ok: boolean; got: string };

type Context = { seller: SellerUnderTest; chain: ChainFixture; ask: Ask; results: ConformanceResult[] };
type Channel = { terms: ChannelTerms; id: string; pay: (cumulative: bigint, signature?: string) => Promise<number> };

const served = 200;
const duplicates = 1_000;
const calls = 20n;
let salt = 0n;

/**
 * Runs the seller-side attacks C1, C4, C5, C6, C8, C9 and C11 against a seller over HTTP.
 * @returns a row for each check; `ok` is false where the seller served what he must refuse, or refused what he must serve
 * @example
 * const rows = await runConformance({ url, site, confirmations: 2 }, chain);
 * for (const { attack, what, got } of rows.filter(({ ok }) => !ok)) console.log(attack, what, got);
 */
export async function runConformance(seller: SellerUnderTest, chain: ChainFixture): Promise<ConformanceResult[]> {
  const ask = readAsk(await fetch(seller.url), seller.site);
  const context: Context = { seller, chain, ask, results: [] };
  await vouchersOnce(context);
  await vouchersElsewhere(context);
  await depositsNotThere(context);
  await depositsTooShort(context);
  await paidOnChain(context);
  await closing(context);
  return context.results;
}

async function vouchersOnce(context: Context): Promise<void> {
  const { price } = context.ask;
  const { pay, id } = await opened(context);
  const { session } = context.chain;
  const signature = session.sign(id, price);
  const statuses = await Promise.all(Array.from({ length: duplicates }, () => pay(price, signature)));
  const count = statuses.filter((status) => status === served).length;
  note(context, "C6", `one of ${duplicates} calls with one voucher is served`, count === 1, `${count} were`);
  await expectStatus(context, "C6", "a voucher that comes again is refused", false, pay(price));
  await expectStatus(context, "C6", "a lower one is refused", false, pay(price - 1n));
  await expectStatus(context, "C6", "a lower one with no signature is refused", false, pay(price - 1n, "0x"));
  const other = session.sign(id, 3n * price);
  await expectStatus(context, "C6", "a signature over another amount is refused", false, pay(2n * price, other));
  await expectStatus(context, "C6", "the next voucher is served", true, pay(2n * price));
}

async function vouchersElsewhere(context: Context): Promise<void> {
  const { seller, chain, ask } = context;
  const { pay, id } = await opened(context);
  const { id: twin } = await opened(context);
  const { site } = seller;
  const elsewhere = { ...site, channels: `0x${"e1".repeat(20)}` };
  const signatures = {
    "of another contract": chain.sessionOn(elsewhere).sign(id, ask.price),
    "of another chain": chain.sessionOn({ ...site, chainId: 1n + BigInt(site.chainId) }).sign(id, ask.price),
    "of another channel": chain.session.sign(twin, ask.price),
  };
  for (const [where, signature] of Object.entries(signatures)) {
    await expectStatus(context, "C5", `a voucher ${where} is refused`, false, pay(ask.price, signature));
  }
}

async function depositsNotThere(context: Context): Promise<void> {
  const { seller, chain, ask } = context;
  const never = channelOf(context);
  await expectStatus(context, "C4", "a channel that was never opened is refused", false, never.pay(ask.price));
  const undo = await chain.snapshot();
  const young = channelOf(context);
  await chain.open(young.terms, calls * ask.price);
  if (seller.confirmations > 0) {
    await expectStatus(context, "C4", "a deposit in the newest block is refused", false, young.pay(ask.price));
  }
  await undo();
  await chain.mine(seller.confirmations + 1);
  await chain.settle();
  await expectStatus(context, "C4", "a deposit that a reorganisation took is refused", false, young.pay(ask.price));
}

async function depositsTooShort(context: Context): Promise<void> {
  const { price } = context.ask;
  const { pay } = await opened(context);
  await expectStatus(context, "C9", "a voucher above the deposit is refused", false, pay(calls * price + 1n));
  await expectStatus(context, "C9", "one of the whole deposit is served", true, pay(calls * price));
}

async function paidOnChain(context: Context): Promise<void> {
  const { chain, ask } = context;
  const { pay, id, terms } = await opened(context);
  await chain.redeem(terms, 5n * ask.price, chain.session.sign(id, 5n * ask.price));
  await chain.settle();
  await expectStatus(context, "C11", "a voucher for what the chain has paid is refused", false, pay(5n * ask.price));
  await expectStatus(context, "C11", "the next one is served", true, pay(6n * ask.price));
}

async function closing(context: Context): Promise<void> {
  const { chain, ask } = context;
  const { pay, terms } = await opened(context);
  await expectStatus(context, "C1", "a voucher before the exit is served", true, pay(ask.price));
  await chain.requestExit(terms);
  await chain.advance(terms.exitDelay - 1);
  await chain.settle();
  await expectStatus(context, "C1", "one in the last second of the window is refused", false, pay(2n * ask.price));
  await chain.advance(2);
  await chain.settle();
  await expectStatus(context, "C8", "one after the window is refused", false, pay(3n * ask.price));
}

async function opened(context: Context): Promise<Channel> {
  const { seller, chain, ask } = context;
  const channel = channelOf(context);
  await chain.open(channel.terms, calls * ask.price);
  await chain.mine(seller.confirmations);
  await chain.settle();
  return channel;
}

function channelOf({ seller, chain, ask }: Context): Channel {
  const { payee, token, exitDelay } = ask;
  salt += 1n;
  const terms = { payer: chain.payer, payee, token, signer: chain.session.address, exitDelay, salt };
  const id = channelId(terms, seller.site);
  const pay = async (cumulative: bigint, signature = chain.session.sign(id, cumulative)): Promise<number> => {
    const voucher = { channelId: id, maxClaimableAmount: cumulative.toString(), signature };
    const payload = { type: "voucher", channelConfig: configOf(terms), voucher };
    const header = encodeHeader({ x402Version: 2, accepted: ask.accepted, payload });
    const response = await fetch(seller.url, { headers: { [headers.signature]: header } });
    await response.arrayBuffer();
    return response.status;
  };
  return { terms, id, pay };
}

async function expectStatus(
  context: Context,
  attack: string,
  what: string,
  paid: boolean,
  status: Promise<number>,
): Promise<void> {
  const got = await status;
  const refused = got === 402 || got === 400; // x402: what cannot be read is 400
  note(context, attack, what, paid ? got === served : refused, `status ${got}`);
}

function note({ results }: Context, attack: string, what: string, ok: boolean, got: string): void {
  results.push({ attack, what, ok, got });
}
