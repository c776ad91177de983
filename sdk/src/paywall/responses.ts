import {
  encodeHeader,
  headers,
  networkOf,
  problems,
  scheme,
  x402Version,
  type ChannelStateText,
  type PaymentRequired,
  type Problem,
  type Requirements,
} from "../pay402/wire.ts";
import { answer, type PaidRequest, type PaidResponse } from "./http.ts";
import type { Judgement } from "./judge.ts";
import type { Settled } from "./options.ts";
import { receiptsText, type RequestReceipt } from "./receipts.ts";
import { nextAmount, type ChannelRecord } from "./store.ts";
import type { PaymentResponse, ReceiptExtension } from "../pay402/response.ts";

const maxTimeoutSeconds = 60;

/** x402 wants status 400 for what cannot be read, 402 for the rest. */
export function refuse(response: PaidResponse, body: PaymentRequired): void {
  const status = body.error === problems.payload ? 400 : 402;
  answer(response, status, body, { [headers.required]: encodeHeader(body) });
}

/** What to pay; where the channel is known, also what the next voucher must name and the last one as proof. */
export function required<Request extends PaidRequest>(
  options: Settled<Request>,
  judgement: Judgement,
  price: bigint,
  url: string,
): PaymentRequired {
  const { record } = judgement;
  const requirements: Requirements = {
    scheme,
    network: networkOf(options.site),
    amount: price.toString(),
    asset: options.token,
    payTo: options.payee,
    maxTimeoutSeconds,
    extra: {
      channels: options.site.channels,
      withdrawDelay: options.minExitDelaySeconds,
      ...depositsOf(options),
      ...options.tokenDomain,
      ...(options.contractSigners && {
        contractSigners: { mostUnredeemed: options.contractSigners.mostUnredeemed.toString() },
      }),
      ...(options.receipts && { receipts: receiptsText(options.receipts) }),
      ...(options.minDeposit > 0n ? { minDeposit: options.minDeposit.toString() } : {}),
      ...stateOf(judgement),
      ...(record ? { nextAmount: nextAmount(record, price).toString() } : {}),
      ...(record && record.signature !== ""
        ? { voucherState: { signedMaxClaimable: record.signed.toString(), signature: record.signature } }
        : {}),
    },
  };
  const error: Problem = judgement.problem ?? problems.required;
  return { x402Version, error, resource: { url }, accepts: [requirements] };
}

/** Ways by which the seller submits deposits. */
function depositsOf<Request extends PaidRequest>({
  deposits,
}: Settled<Request>): Pick<Requirements["extra"], "sponsored" | "deposits" | "assetTransferMethod"> {
  const sponsored = deposits.includes("eip3009");
  const other = !sponsored && deposits.includes("permit2");
  return { sponsored, deposits, ...(other ? { assetTransferMethod: "permit2" } : {}) };
}

/** What of a channel's money a call took. */
export type Charge = { charged: bigint; record: ChannelRecord };

/** What was charged, with the seller's receipt where he gives any; a promise where that is signed elsewhere. */
export function paymentResponse<Request extends PaidRequest>(
  options: Settled<Request>,
  judgement: Judgement,
  { charged, record }: Charge,
  receipt: RequestReceipt | undefined,
): PaymentResponse | Promise<PaymentResponse> {
  const { channel, terms, transaction, deposited } = judgement;
  const { channelState } = stateOf({ ...judgement, record });
  if (channel === undefined || channelState === undefined)
    throw new RangeError("a response is about a channel that is known");
  const issuedAt = Math.floor(options.now());
  const said = receipt?.extension({ channel, cumulative: record.signed, price: charged, issuedAt });
  const response = (extensions: ReceiptExtension | undefined): PaymentResponse => ({
    success: true,
    transaction,
    network: networkOf(options.site),
    payer: terms?.payer ?? "",
    amount: deposited?.toString() ?? "",
    extra: { chargedAmount: charged.toString(), channelState, signedMaxClaimable: record.signed.toString() },
    ...(extensions && { extensions }),
  });
  return said instanceof Promise ? said.then(response) : response(said);
}

function stateOf({ channel, funds, record }: Judgement): { channelState?: ChannelStateText } {
  if (channel === undefined || funds === undefined) return {};
  const { deposit, claimed, closeAt } = funds;
  const charged = record?.spent ?? claimed;
  return {
    channelState: {
      channelId: channel,
      balance: deposit.toString(),
      totalClaimed: claimed.toString(),
      closeAt,
      chargedCumulativeAmount: charged.toString(),
    },
  };
}
