import { isIPv6 } from "node:net";
import type { Request } from "express";

import type { Scope } from "../service/scopes.ts";

/** The holder of a key. */
export interface KeyCaller {
  readonly kind: "key";
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Whose stake raises the key's limit, lower-case. */
  readonly account: string | undefined;
}

/** Who asks: the holder of a key, or an address. */
export type Caller = KeyCaller | { readonly kind: "address"; readonly address: string };

const callers = new WeakMap<Request, Caller>();

/** Remembers who sent a request. */
export function setCaller(request: Request, caller: Caller): void {
  callers.set(request, caller);
}

/** Who sent a request that access was checked for. */
export function callerOf(request: Request): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new Error("access was not checked for this request");
  return caller;
}

/** The caller in one word, for limits, idempotency keys and the audit log. */
export function nameOf(caller: Caller): string {
  return caller.kind === "key" ? `key:${caller.id}` : `address:${caller.address}`;
}

const NETWORK_GROUPS = 4;

/** Groups of an IPv6 address, with the zeros that `::` stands for. */
function groupsOf(address: string): string[] {
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  if (tail === undefined) return before;
  const after = tail === "" ? [] : tail.split(":");
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => "0"), ...after];
}

/** An address as limits count it: of IPv6 the network, since one customer has all of it. */
export function countedAddress(request: Request): string {
  const address = (request.ip ?? "unknown").replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  return isIPv6(address) ? `${groupsOf(address.toLowerCase()).slice(0, NETWORK_GROUPS).join(":")}::/64` : address;
}
