import { SluiceError } from "../failure.ts";
import { encodeHeader, headers, problems } from "../pay402/wire.ts";
import { answer, headerOf, pathOf, type PaidRequest, type PaidResponse } from "./http.ts";
import type { Judge, Judgement } from "./judge.ts";
import type { Settled } from "./options.ts";
import { receiptOf } from "./receipts.ts";
import { paymentResponse, required } from "./responses.ts";
import type { ChannelRecord } from "./store.ts";

/** Metering inside one answer. */
export type PaidStream = {
  /**
   * Must be called before the first byte goes out: tells the payer's wrapper that more vouchers will be asked for.
   * @returns charges units (tokens, seconds, bytes, whatever the price is for) and waits until they are paid. Throws SluiceError
   * `PAYMENT_STOPPED` where no voucher comes in time: end the answer then.
   */
  meter(unitPrice: bigint): (units: number) => Promise<void>;
};

/** The streams of one process. Vouchers for a stream must reach the process that sends it. */
export type Streams = {
  open(request: PaidRequest, response: PaidResponse, record: ChannelRecord): PaidStream;
  /** Answers a payer who asks what a stream needs, or pays it. */
  answer(request: PaidRequest, response: PaidResponse): Promise<void>;
};

type Stream = {
  id: string;
  /** What pays it; another one of the payer takes over where this one is used up. */
  channel: string;
  payer: string;
  /** What the stream waits to be paid for; 0 where it does not wait. */
  due: bigint;
  /** How many vouchers came in for it. */
  vouchers: number;
  open: boolean;
  /** Called when anything of the above changes. */
  changed: Set<() => void>;
  /** Sends the answer's headers: until the payer has the stream's id he pays nothing. */
  announce: () => void;
};

const idBytes = 16;
const conflict = 409;
const gone = 410;

export function streamsOf<Request extends PaidRequest>(options: Settled<Request>, judge: Judge): Streams {
  const streams = new Map<string, Stream>();
  return {
    open: (_request, response, record) => ({
      meter: (unitPrice) => {
        const stream = begin(streams, response, record);
        return (units) => charge(stream, unitPrice * BigInt(units), options);
      },
    }),
    answer: (request, response) => {
      const stream = streams.get(headerOf(request, headers.stream) ?? "");
      return answerFor(stream, request, response, { options, judge });
    },
  };
}

function begin(
  streams: Map<string, Stream>,
  response: PaidResponse,
  { channel, terms: { payer } }: ChannelRecord,
): Stream {
  if (response.headersSent) throw new SluiceError("PAYMENT_STOPPED", "meter: the answer has already begun");
  const stream: Stream = {
    id: newId(),
    channel,
    payer,
    due: 0n,
    vouchers: 0,
    open: true,
    changed: new Set(),
    announce: () => response.headersSent || response.flushHeaders(),
  };
  streams.set(stream.id, stream);
  response.setHeader(headers.stream, stream.id);
  response.once("close", () => {
    streams.delete(stream.id);
    update(stream, { open: false });
  });
  return stream;
}

type Charging = Pick<Settled<PaidRequest>, "store" | "topUpTimeoutMs">;

async function charge(stream: Stream, amount: bigint, { store, topUpTimeoutMs }: Charging): Promise<void> {
  const deadline = Date.now() + topUpTimeoutMs;
  for (;;) {
    const { vouchers } = stream;
    if ((await store.spend(stream.channel, amount)).done) return update(stream, { due: 0n });
    if (vouchers !== stream.vouchers) continue; // one came in meanwhile
    stream.announce();
    update(stream, { due: amount });
    const changed = await changeOf(stream, deadline - Date.now());
    if (!changed || !stream.open) {
      update(stream, { open: false });
      throw new SluiceError("PAYMENT_STOPPED", `stream ${stream.id}: nobody paid the next ${amount}`);
    }
  }
}

type Asked<Request extends PaidRequest> = { options: Settled<Request>; judge: Judge };

async function answerFor<Request extends PaidRequest>(
  stream: Stream | undefined,
  request: PaidRequest,
  response: PaidResponse,
  { options, judge }: Asked<Request>,
): Promise<void> {
  const header = headerOf(request, headers.signature);
  if (stream !== undefined && header === undefined) {
    while (stream.open && stream.due === 0n) {
      if (!(await changeOf(stream, options.topUpTimeoutMs))) return answer(response, 200, { stream: "paid so far" });
    }
  }
  if (!stream?.open) return answer(response, gone, { stream: "ended" });
  const judgement = header === undefined ? await standing(stream, options, judge) : await judge.judge(header, 0n);
  if (judgement.problem !== undefined) {
    const body = required(options, judgement, stream.due, pathOf(request));
    return answer(response, 402, body, { [headers.required]: encodeHeader(body) });
  }
  const { channel, terms } = judgement;
  // A voucher of another payer's channel is that channel's credit.
  if (channel === undefined || terms?.payer !== stream.payer) {
    return answer(response, conflict, { stream: "of another payer" });
  }
  stream.channel = channel;
  const said = judgement.record && (await responseText(request, judgement, stream.due, judgement.record, options));
  update(stream, { vouchers: stream.vouchers + 1 });
  answer(response, 200, { stream: "paid" }, said === undefined ? {} : { [headers.response]: said });
}

/** What a voucher of a stream paid for: what the stream waits for, which is charged next. */
async function responseText<Request extends PaidRequest>(
  request: PaidRequest,
  judgement: Judgement,
  due: bigint,
  record: ChannelRecord,
  options: Settled<Request>,
): Promise<string> {
  const receipt = options.receipts && receiptOf(request, options.receipts);
  return encodeHeader(await paymentResponse(options, judgement, { charged: due, record }, receipt));
}

async function standing(stream: Stream, { store }: Charging, judge: Judge): Promise<Judgement> {
  const record = await store.find(stream.channel);
  if (record === undefined) return { problem: problems.required, transaction: "" };
  const { channel, terms } = record;
  const funds = await judge.watch.funds(terms, channel);
  return { problem: problems.required, transaction: "", channel, terms, funds, record };
}

function update(stream: Stream, changes: Partial<Pick<Stream, "due" | "vouchers" | "open">>): void {
  Object.assign(stream, changes);
  for (const told of stream.changed) told();
}

/** Whether the stream changed before the time was over. */
function changeOf(stream: Stream, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (changed: boolean): void => {
      clearTimeout(timer);
      stream.changed.delete(told);
      resolve(changed);
    };
    const told = (): void => end(true);
    const timer = setTimeout(() => end(false), Math.max(0, milliseconds));
    stream.changed.add(told);
  });
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(idBytes));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
