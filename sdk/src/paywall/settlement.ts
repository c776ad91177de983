import { encodeHeader, headers } from "../pay402/wire.ts";
import { endOf, type PaidRequest, type PaidResponse } from "./http.ts";
import type { Judgement } from "./judge.ts";
import type { Settled } from "./options.ts";
import { beforeHead, receiptOf } from "./receipts.ts";
import { paymentResponse, type Charge } from "./responses.ts";
import type { ChannelRecord } from "./store.ts";
import type { PaymentResponse } from "../pay402/response.ts";

type Settlement = {
  /** Makes the price credit, durably, and says so in the header. */
  giveBack: () => Promise<void>;
  /** What an answer that does not fail waits for before it ends. */
  finish: (() => Promise<void>) | undefined;
  onError: (error: unknown) => void;
};

const failure = 400;

/**
 * Says in the answer what the call costs, and that it costs nothing where it fails.
 * @returns a promise where a receipt is signed elsewhere; where that fails, whoever answers with status 500 gives the price back
 */
export function charge<Request extends PaidRequest>(
  request: Request,
  response: PaidResponse,
  options: Settled<Request>,
  call: { judgement: Judgement; channel: string; record: ChannelRecord; price: bigint },
): Promise<void> | undefined {
  const { judgement, channel, record, price } = call;
  const { store, receipts, onError } = options;
  let standing: Charge = { charged: price, record };
  const receipt = receipts && receiptOf(request, receipts);
  const set = (said: PaymentResponse): void => {
    if (!response.headersSent) response.setHeader(headers.response, encodeHeader(said));
  };
  const say = (): Promise<void> | undefined => {
    if (response.headersSent) return undefined;
    const said = paymentResponse(options, judgement, standing, receipt);
    if (said instanceof Promise) return said.then(set);
    set(said);
    return undefined;
  };
  /** Where what is signed elsewhere fails, what was said before stands. */
  const named = async (): Promise<void> => say()?.catch(onError);
  const giveBack = async (): Promise<void> => {
    const { record: after } = await store.giveBack(channel, price);
    standing = { charged: 0n, record: after ?? record };
    await named();
  };
  // What is signed elsewhere cannot be waited for when the head goes out: it is signed before the handler runs, and once more
  // with the body when the answer ends.
  const finish = receipt?.remote === true && !receipt.immediate ? named : undefined;
  settleAtEnd(response, { giveBack, finish, onError });
  if (receipt?.remote === true) return say();
  if (receipt === undefined || receipt.immediate) void say();
  else beforeHead(response, say);
  return undefined;
}

/**
 * Holds back the end of an answer with a failing status until the price is the payer's again. An answer whose body had begun
 * to go out before it ended says in its header what was charged at first; the next answer says how things stand.
 */
function settleAtEnd(response: PaidResponse, { giveBack, finish, onError }: Settlement): void {
  const end = endOf(response);
  let settled = false;
  const ending = (...args: unknown[]): PaidResponse => {
    const last = response.statusCode < failure ? finish : giveBack;
    if (settled || last === undefined) {
      end(...args);
      return response;
    }
    settled = true;
    last().then(
      () => void end(...args),
      (error: unknown) => {
        onError(error);
        response.destroy();
      },
    );
    return response;
  };
  response.end = ending;
}
