import { BlockList, isIP } from "node:net";
import type { LookupAddress } from "node:dns";

import { OracleError } from "../errors.ts";

/** IPv4 networks that are no place on the public internet (IANA's special-purpose registry, and multicast). */
const SPECIAL_IPV4 = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const;
/** Within the public part of IPv6: what carries an IPv4 address inside, or is for documents and tests. */
const SPECIAL_IPV6 = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const;

const special = new BlockList();
for (const [network, bits] of SPECIAL_IPV4) special.addSubnet(network, bits, "ipv4");
for (const [network, bits] of SPECIAL_IPV6) special.addSubnet(network, bits, "ipv6");
const globalIpv6 = new BlockList();
globalIpv6.addSubnet("2000::", 3, "ipv6");

/** Whether an address is one of the public internet: no private, loopback, link-local, shared, mapped or metadata address. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, "ipv4");
  // Mapped, translated and link-local addresses lie outside 2000::/3.
  return family === 6 && globalIpv6.check(address, "ipv6") && !special.check(address, "ipv6");
}

/** Finds the addresses of a name. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

function refuse(message: string): OracleError {
  return new OracleError("WEBHOOK_TARGET_REFUSED", message);
}

/** The host as an address where it is one, without the brackets of IPv6. */
export function literalOf({ hostname }: URL): string | undefined {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(bare) === 0 ? undefined : bare;
}

/**
 * A webhook's URL as far as it can be judged without asking anybody.
 *
 * @throws OracleError WEBHOOK_TARGET_REFUSED.
 */
export function checkUrl(text: string, allowPrivate: boolean): URL {
  if (!URL.canParse(text)) throw refuse("url: is no URL");
  const url = new URL(text);
  if (url.protocol !== "https:" && !(allowPrivate && url.protocol === "http:")) throw refuse("url: must be https");
  if (url.username !== "" || url.password !== "") throw refuse("url: must not carry a user or password");
  const literal = literalOf(url);
  if (literal !== undefined && !allowPrivate && !isPublicAddress(literal)) {
    throw refuse("url: names an address that is not of the public internet");
  }
  return url;
}

/**
 * The addresses to connect to. Every one must be public: a name with one private address among them is refused whole.
 *
 * @throws OracleError WEBHOOK_TARGET_REFUSED.
 */
export async function checkedAddresses(url: URL, resolve: Resolve, allowPrivate: boolean): Promise<LookupAddress[]> {
  const literal = literalOf(url);
  const found = literal === undefined ? await resolve(url.hostname) : [{ address: literal, family: isIP(literal) }];
  if (found.length === 0) throw refuse(`${url.hostname} has no address`);
  const bad = allowPrivate ? undefined : found.find(({ address }) => !isPublicAddress(address));
  if (bad !== undefined) throw refuse(`${url.hostname} leads to an address that is not of the public internet`);
  return [...found];
}
