import {
  attestersAbi,
  listRegistryAbi,
  paymentChannelsAbi,
  paymentEscrowAbi,
  policyRegistryAbi,
  rebatePoolAbi,
  referralCodesAbi,
  riskGateAbi,
  sluiceGovernorAbi,
  sluiceStakeAbi,
} from "@sluice/sdk";
import { Interface, type EventFragment, type Result } from "ethers";

import { OracleError } from "../errors.ts";
import { partsOf, type Part, type Sources } from "./site.ts";
import { decimalText, fixedEvent, type FixedEvent } from "./wordReaders.ts";

export const gateInterface = new Interface(riskGateAbi);
export const escrowInterface = new Interface(paymentEscrowAbi);

const INTERFACES: Readonly<Record<Part, Interface>> = {
  gate: gateInterface,
  escrow: escrowInterface,
  lists: new Interface(listRegistryAbi),
  channels: new Interface(paymentChannelsAbi),
  attesters: new Interface(attestersAbi),
  stake: new Interface(sluiceStakeAbi),
  governor: new Interface(sluiceGovernorAbi),
  policyRegistry: new Interface(policyRegistryAbi),
  rebatePool: new Interface(rebatePoolAbi),
  referralCodes: new Interface(referralCodesAbi),
};

/** Events stored under another kind than their own name. */
const KINDS: Readonly<Record<string, string>> = {
  ScreeningRequested: "requested",
  BandPosted: "posted",
  ListBatchAppended: "listBatch",
};

/** What an event is about: the first of these arguments that it has. */
const SUBJECTS = ["id", "subject", "epoch", "account", "proposalId", "payee", "parameter"];

/** What a log says, as it is stored. */
export interface EventText {
  /** What the event is about; "" for nothing in particular. */
  readonly subject: string;
  /** Arguments by name as JSON. */
  readonly body: string;
}

/** How one event of one contract is read. */
export interface EventPlan {
  readonly part: Part;
  readonly name: string;
  readonly topic: string;
  /** What it is stored as: `captured` for the escrow's, gate's and lists' events, `channels.opened` for the others'. */
  readonly kind: string;
  readonly fixed: FixedEvent | undefined;
  readonly read: (topics: readonly string[], data: string) => EventText;
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "string") return value.startsWith("0x") ? value.toLowerCase() : value;
  return value;
}

/** Arguments by name, structs too, numbers as decimal text. */
function named(
  names: readonly { name: string; components?: readonly { name: string }[] | null }[],
  args: Result,
): object {
  const entries = names.map(({ name, components }, index) => {
    const value: unknown = args[index];
    // A tuple parameter's value is a Result of its own.
    return [name, components ? named(components, value as Result) : plain(value)] as const;
  });
  return Object.fromEntries(entries);
}

function subjectOf(fragment: EventFragment): string | undefined {
  return SUBJECTS.find((name) => fragment.inputs.some((input) => input.name === name));
}

/** Reads any event with a general decoder: arguments of variable size, and the twin that the fast readers are tested by. */
export function readGenerally(fragment: EventFragment, topics: readonly string[], data: string): EventText {
  let args: Result;
  try {
    args = new Interface([fragment]).decodeEventLog(fragment, data, [...topics]);
  } catch (error) {
    throw new OracleError(
      "RPC_UNAVAILABLE",
      `the RPC endpoint gave a log that does not fit its event: ${fragment.name}`,
      undefined,
      error,
    );
  }
  const subject = subjectOf(fragment);
  return {
    subject: subject === undefined ? "" : String(plain(args.getValue(subject))),
    body: JSON.stringify(named(fragment.inputs, args)),
  };
}

function readFixed(fragment: EventFragment, fixed: FixedEvent): EventPlan["read"] {
  const subject = subjectOf(fragment);
  const place = subject === undefined ? -1 : fixed.place(subject);
  const type = fragment.inputs.find(({ name }) => name === subject)?.type ?? "";
  const subjectText = (word: string): string => {
    if (type === "address") return `0x${word.slice(24)}`;
    return type.startsWith("uint") ? decimalText(word) : `0x${word}`;
  };
  return (topics, data) => {
    const words = fixed.words(topics, data);
    return { subject: place < 0 ? "" : subjectText(words[place] ?? ""), body: fixed.body(words) };
  };
}

function kindOf(part: Part, name: string): string {
  const own = KINDS[name] ?? `${name.slice(0, 1).toLowerCase()}${name.slice(1)}`;
  return part === "gate" || part === "escrow" || part === "lists" ? own : `${part}.${own}`;
}

function planOf(part: Part, fragment: EventFragment): EventPlan {
  const fixed = fixedEvent(fragment);
  const read =
    fixed === undefined
      ? (topics: readonly string[], data: string) => readGenerally(fragment, topics, data)
      : readFixed(fragment, fixed);
  const { name, topicHash } = fragment;
  return { part, name, topic: topicHash, kind: kindOf(part, name), fixed, read };
}

function eventsOf(part: Part): EventFragment[] {
  // The fragments of type "event" are EventFragments; filter() forgets it.
  return INTERFACES[part].fragments.filter(({ type }) => type === "event") as EventFragment[];
}

/** The plans of one contract's events, by topic. */
export type PartPlans = ReadonlyMap<string, EventPlan>;

const PLANS = new Map<Part, PartPlans>();

/** How the events of a part are read. */
export function plansOf(part: Part): PartPlans {
  const known = PLANS.get(part);
  if (known !== undefined) return known;
  const plans = new Map(eventsOf(part).map((fragment) => [fragment.topicHash, planOf(part, fragment)]));
  PLANS.set(part, plans);
  return plans;
}

const SITES = new WeakMap<Sources, ReadonlyMap<string, PartPlans>>();

/** How the logs of a site's addresses are read, by address. */
export function sitePlans(site: Sources): ReadonlyMap<string, PartPlans> {
  const known = SITES.get(site);
  if (known !== undefined) return known;
  const plans = new Map(partsOf(site).map(([part, address]) => [address, plansOf(part)]));
  SITES.set(site, plans);
  return plans;
}

/** Every event a node can read, with its declaration. */
export function everyEvent(): { readonly plan: EventPlan; readonly fragment: EventFragment }[] {
  const parts = Object.keys(INTERFACES) as Part[]; // keys() widens to string
  return parts.flatMap((part) => eventsOf(part).map((fragment) => ({ plan: planOf(part, fragment), fragment })));
}
