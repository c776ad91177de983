import { SluiceError } from "../failure.ts";
import { headers, problems } from "../pay402/wire.ts";
import { answer, headerOf, pathOf, type Next, type PaidRequest, type PaidResponse } from "./http.ts";
import { judgeOf, type Judge } from "./judge.ts";
import { settle, type PaywallOptions, type Settled } from "./options.ts";
import { refuse, required } from "./responses.ts";
import { charge } from "./settlement.ts";
import { streamsOf, type PaidStream, type Streams } from "./streams.ts";

/** What a handler behind a paywall may know of the payment. */
export type Paid = {
  payer: string;
  channel: string;
  /** What was charged before the handler ran. */
  price: bigint;
  /** All that was accepted on the channel so far. */
  signed: bigint;
  /** Charges more while the handler answers, see `PaidStream`. */
  stream: PaidStream;
};

/** Express middleware, which works on plain `node:http` as well. */
export type Paywall<Request extends PaidRequest> = (request: Request, response: PaidResponse, next: Next) => void;

const payments = new WeakMap<PaidRequest, Paid>();

/**
 * The payment of a request that came through a paywall.
 * @throws SluiceError `PAYMENT_MISSING` when it did not
 */
export function paidOf(request: PaidRequest): Paid {
  const paid = payments.get(request);
  if (paid === undefined) throw new SluiceError("PAYMENT_MISSING", "paidOf: this request came through no paywall");
  return paid;
}

/**
 * Middleware that lets a request through once it is paid by a voucher, which is durable in the store before the handler runs
 * and is served once. What the handler answers with status 400 or above is not charged: the price becomes the payer's credit.
 * Requests that pay nothing, or wrongly, are answered with status 402 and what to sign.
 * @throws SluiceError naming the option that is wrong
 * @example
 * app.use("/weather", paywall({ site, payee, token, price: 1_000n, store, provider }));
 */
export function paywall<Request extends PaidRequest>(options: PaywallOptions<Request>): Paywall<Request> {
  const settled = settle(options);
  const judge = judgeOf(settled);
  const streams = streamsOf(settled, judge);
  return (request, response, next) => {
    if (request.method === "OPTIONS") return next(); // a browser asks whether it may ask: it cannot pay yet
    pass(request, response, { settled, judge, streams }).then(
      (through) => (through ? next() : undefined),
      (error: unknown) => {
        settled.onError(error);
        if (response.headersSent) response.destroy();
        else answer(response, 500, { error: "the payment could not be checked; nothing was charged for this call" });
      },
    );
  };
}

type Gate<Request extends PaidRequest> = { settled: Settled<Request>; judge: Judge; streams: Streams };

async function pass<Request extends PaidRequest>(
  request: Request,
  response: PaidResponse,
  { settled, judge, streams }: Gate<Request>,
): Promise<boolean> {
  response.setHeader("access-control-expose-headers", [headers.required, headers.response, headers.stream].join(", "));
  if (headerOf(request, headers.stream) !== undefined) {
    await streams.answer(request, response);
    return false;
  }
  const price = typeof settled.price === "bigint" ? settled.price : await settled.price(request);
  const url = pathOf(request);
  const header = headerOf(request, headers.signature);
  if (header === undefined) {
    refuse(response, required(settled, { problem: problems.required, transaction: "" }, price, url));
    return false;
  }
  const judgement = await judge.judge(header, price);
  const { problem, record, channel, terms } = judgement;
  if (problem !== undefined || !record || channel === undefined || terms === undefined) {
    refuse(response, required(settled, judgement, price, url));
    return false;
  }
  const stream = streams.open(request, response, record);
  payments.set(request, { payer: terms.payer, channel, price, signed: record.signed, stream });
  const said = charge(request, response, settled, { judgement, channel, record, price });
  if (said !== undefined) await said; // a receipt that is signed here costs no turn of the loop
  return true;
}
