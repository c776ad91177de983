import { encodeHeader, headers } from "../pay402/wire.ts";
import { endOf, type PaidRequest, type PaidResponse } from "./http.ts";
import type { Judgement } from "./judge.ts";
import type { Settled } from "./options.ts";
import { beforeHead, receiptOf } from "./receipts.ts";
import { paymentResponse, type Charge } from "./responses.ts";
import type { ChannelRecord } from "./store.ts";

type Settlement = {
  /** Makes the price credit, durably, and says so in the header. */
  giveBack: () => Promise<void>;
  onError: (error: unknown) => void;
};

const failure = 400;

/** Says in the answer what the call costs, and that it costs nothing where it fails. */
export function charge<Request extends PaidRequest>(
  request: Request,
  response: PaidResponse,
  options: Settled<Request>,
  call: { judgement: Judgement; channel: string; record: ChannelRecord; price: bigint },
): void {
  const { judgement, channel, record, price } = call;
  const { store, receipts, onError } = options;
  let standing: Charge = { charged: price, record };
  const receipt = receipts && receiptOf(request, receipts);
  const say = (): void => {
    if (response.headersSent) return;
    response.setHeader(headers.response, encodeHeader(paymentResponse(options, judgement, standing, receipt)));
  };
  if (receipt === undefined || receipt.immediate) say();
  else beforeHead(response, say);
  const giveBack = async (): Promise<void> => {
    const { record: after } = await store.giveBack(channel, price);
    standing = { charged: 0n, record: after ?? record };
    say();
  };
  giveBackOnFailure(response, { giveBack, onError });
}

/**
 * Holds back the end of an answer with a failing status until the price is the payer's again. An answer whose body had begun
 * to go out before it ended says in its header what was charged at first; the next answer says how things stand.
 */
function giveBackOnFailure(response: PaidResponse, { giveBack, onError }: Settlement): void {
  const end = endOf(response);
  let settled = false;
  const ending = (...args: unknown[]): PaidResponse => {
    if (settled || response.statusCode < failure) {
      end(...args);
      return response;
    }
    settled = true;
    giveBack().then(
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
