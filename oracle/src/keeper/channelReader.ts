import { riskGateAbi, type ChannelTerms } from "@sluice/sdk";
import { getAddress, Interface } from "ethers";

import type { RpcClient } from "../chain/rpc.ts";
import { hexText } from "../chain/wire.ts";
import type { ChainStore } from "../store/chainStore.ts";
import { channelsInterface } from "./calls.ts";
import type { ChannelView } from "./channelJobs.ts";

/** Where channels are and who judges them. */
export interface ChannelPlace {
  readonly channels: string;
  readonly gate: string;
}

const gateInterface = new Interface(riskGateAbi);

/** A channel's state from the chain itself: batches change many channels in one event, and this is what the contract knows. */
export async function readChannel(
  rpc: RpcClient,
  place: ChannelPlace,
  id: string,
  token: string,
): Promise<ChannelView> {
  const call = (to: string, data: string) => ({ method: "eth_call", params: [{ to, data }, "latest"] });
  const [state, waiting, gateTerms] = await rpc.batch([
    call(place.channels, channelsInterface.encodeFunctionData("channel", [id])),
    call(place.channels, channelsInterface.encodeFunctionData("queueOf", [id])),
    call(place.gate, gateInterface.encodeFunctionData("channelTerms", [token])),
  ]);
  const text = (answer: unknown): string => hexText(answer, "answer of the channels");
  // One struct each, by position as the interface declares them.
  const [[deposit, claimed, closeAt, riskCap, open, , blocked, , capped]] = channelsInterface.decodeFunctionResult(
    "channel",
    text(state),
  ) as unknown as [[bigint, bigint, bigint, bigint, boolean, boolean, boolean, boolean, boolean]]; // see above
  const [[queued, releaseAt]] = channelsInterface.decodeFunctionResult("queueOf", text(waiting)) as unknown as [
    [bigint, bigint],
  ]; // see above
  const [cap] = gateInterface.decodeFunctionResult("channelTerms", text(gateTerms)) as unknown as [bigint]; // see above
  return {
    ...{ open, blocked, deposit, claimed, closeAt: Number(closeAt), room: capped ? riskCap : cap },
    ...{ queued, releaseAt: Number(releaseAt) },
  };
}

/** A channel's terms from the event that opened it; undefined where the node has seen none. */
export async function channelTermsOf(store: ChainStore, id: string): Promise<ChannelTerms | undefined> {
  const opened = (await store.eventsOf(id)).find((event) => event.kind === "channels.opened");
  if (opened === undefined) return undefined;
  const body: unknown = JSON.parse(opened.body);
  const text = (name: string): string => String(Reflect.get(Object(body), name));
  return {
    payer: getAddress(text("payer")),
    payee: getAddress(text("payee")),
    token: getAddress(text("token")),
    signer: getAddress(text("signer")),
    exitDelay: Number(text("exitDelay")),
    salt: BigInt(text("salt")),
  };
}

/** Bytes of one row in the events about batches: channel and cumulative amount. */
const ROW_DIGITS = 2 * (32 + 12);
const ID_DIGITS = 64;

/** The channels an event is about: its subject, or those of its rows. */
export function channelsIn(subject: string, body: string): string[] {
  const parsed: unknown = JSON.parse(body);
  const rows: unknown = Reflect.get(Object(parsed), "rows");
  if (typeof rows !== "string") return /^0x[0-9a-f]{64}$/.test(subject) ? [subject] : [];
  const ids: string[] = [];
  for (let at = 2; at + ROW_DIGITS <= rows.length; at += ROW_DIGITS) ids.push(`0x${rows.slice(at, at + ID_DIGITS)}`);
  return ids;
}
