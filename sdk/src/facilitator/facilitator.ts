import { checkAddress } from "../checks.ts";
import { SluiceError } from "../failure.ts";
import { amountIn, networkOf, pick, scheme, x402Version } from "../pay402/wire.ts";
import { answer, type PaidRequest } from "../paywall/http.ts";
import { judgeOf, type Judge, type Judgement } from "../paywall/judge.ts";
import { settle as settleOptions, type Settled } from "../paywall/options.ts";
import { paymentResponse, required } from "../paywall/responses.ts";
import { bodyOf } from "./body.ts";
import type { Facilitator, FacilitatorOptions, FacilitatorRequest, Seller } from "./options.ts";
import { refusals, type Refusal, type SettleAnswer, type SupportedAnswer, type VerifyAnswer } from "./wire.ts";

/** A seller with what judges his vouchers. */
type Desk = { settled: Settled<PaidRequest>; judge: Judge };

/** What was asked, as far as it can be answered. */
type Question = { desk: Desk; price: bigint; payload: unknown; url: string };

/**
 * The three paths of an x402 facilitator for sellers who run no paywall of their own: POST /verify, POST /settle, GET /supported.
 * Vouchers are judged and kept as by `paywall`, so any paywall and `voucherRedeemer` may share the store. It asks nobody who he is:
 * put whatever knows your sellers before it.
 * @throws SluiceError naming the option that is wrong
 * @example
 * app.use("/x402", facilitator({ site, store, provider, sponsor, sellers: [{ payee, token, tokenDomain }] }));
 */
export function facilitator(options: FacilitatorOptions): Facilitator {
  const { sellers, ...shared } = options;
  const desks = new Map(sellers.map((seller) => [nameOf(seller.payee, seller.token), deskOf(seller, shared)]));
  const onError = options.onError ?? ((error: unknown) => console.error(error));
  const network = networkOf(options.site);
  const paths: Readonly<Record<string, (request: FacilitatorRequest) => Promise<[status: number, body: object]>>> = {
    "GET /supported": async () => [200, await supportedBy(options)],
    "POST /verify": async (request) => {
      const question = await questionIn(request, options, desks);
      if (typeof question === "string") return [statusOf(question), { isValid: false, invalidReason: question }];
      return [200, await verify(question)];
    },
    "POST /settle": async (request) => {
      const question = await questionIn(request, options, desks);
      if (typeof question === "string") return [statusOf(question), failed(question, network)];
      return [200, await settle(question, network)];
    },
  };
  const unexpected: Readonly<Record<string, object>> = {
    "POST /verify": { isValid: false, invalidReason: refusals.verify },
    "POST /settle": failed(refusals.settle, network),
  };
  return (request, response, next) => {
    const name = `${request.method ?? "GET"} ${(request.url ?? "/").replace(/\?.*$/, "")}`;
    const path = Object.hasOwn(paths, name) ? paths[name] : undefined;
    if (path === undefined) return next();
    path(request).then(
      ([status, body]) => answer(response, status, body),
      (error: unknown) => {
        onError(error);
        answer(response, 500, unexpected[name] ?? {});
      },
    );
  };
}

function deskOf(seller: Seller, shared: Omit<FacilitatorOptions, "sellers">): Desk {
  const settled = settleOptions<PaidRequest>({ ...shared, ...seller, price: 1n }); // each question brings its own price
  return { settled, judge: judgeOf(settled) };
}

/** @throws SluiceError `ADDRESS_INVALID` */
function nameOf(payee: unknown, token: unknown): string {
  return `${checkAddress("payee", payee)} ${checkAddress("token", token)}`;
}

async function questionIn(
  request: FacilitatorRequest,
  { site }: FacilitatorOptions,
  desks: ReadonlyMap<string, Desk>,
): Promise<Question | Refusal> {
  const body = await bodyOf(request);
  if (body === undefined) return refusals.payload;
  if (pick(body, "x402Version") !== x402Version) return refusals.version;
  const requirements = pick(body, "paymentRequirements");
  if (pick(requirements, "scheme") !== scheme) return refusals.scheme;
  if (pick(requirements, "network") !== networkOf(site)) return refusals.network;
  const channels = pick(pick(requirements, "extra"), "channels");
  if (String(channels).toLowerCase() !== site.channels.toLowerCase()) return refusals.requirements;
  try {
    const price = amountIn(requirements, "amount");
    const desk = desks.get(nameOf(pick(requirements, "payTo"), pick(requirements, "asset")));
    const payload = pick(body, "paymentPayload");
    // The payer signs for what the seller's 402 said, and both hand that on.
    const same = payload === undefined || pick(pick(payload, "accepted"), "amount") === price.toString();
    const url = pick(pick(payload, "resource"), "url");
    if (desk === undefined || price === 0n || !same) return refusals.requirements;
    return { desk, price, payload, url: typeof url === "string" ? url : "" };
  } catch (error) {
    if (error instanceof SluiceError) return refusals.requirements;
    throw error;
  }
}

async function verify({ desk, price, payload, url }: Question): Promise<VerifyAnswer> {
  const { settled, judge } = desk;
  const judgement = payload === undefined ? nothing : await judge.tryPayload(payload, price);
  const { problem } = judgement;
  if (problem === undefined) return { isValid: true, ...payerOf(judgement) };
  const paymentRequired = required(settled, judgement, price, url);
  return { isValid: false, invalidReason: problem, ...payerOf(judgement), paymentRequired };
}

async function settle({ desk, price, payload, url }: Question, network: string): Promise<SettleAnswer> {
  const { settled, judge } = desk;
  const judgement = payload === undefined ? nothing : await judge.judgePayload(payload, price);
  const { problem, record } = judgement;
  if (problem === undefined && record) {
    return paymentResponse(settled, judgement, { charged: price, record }, undefined);
  }
  const paymentRequired = required(settled, judgement, price, url);
  return { ...failed(problem ?? refusals.settle, network), ...payerOf(judgement), paymentRequired };
}

/** What is said where the payer brought nothing. */
const nothing: Judgement = { problem: refusals.required, transaction: "" };

function failed(errorReason: Refusal, network: string): Extract<SettleAnswer, { success: false }> {
  return { success: false, errorReason, transaction: "", network };
}

function payerOf({ terms }: Judgement): { payer?: string } {
  return terms === undefined ? {} : { payer: terms.payer };
}

/** A body that cannot be read is the asker's fault; all else is an answer. */
function statusOf(refusal: Refusal): number {
  return refusal === refusals.payload ? 400 : 200;
}

async function supportedBy({ site, sponsor }: FacilitatorOptions): Promise<SupportedAnswer> {
  const network = networkOf(site);
  return {
    kinds: [{ x402Version, scheme, network, extra: { channels: site.channels } }],
    extensions: [],
    signers: sponsor === undefined ? {} : { [network]: [await sponsor.getAddress()] },
  };
}
