import { p256Signature } from "../p256Signature.ts";
import type { ChannelSite } from "../channels.ts";
import { checkBytes, checkUint } from "../checks.ts";
import { SluiceError } from "../failure.ts";
import { voucherDigestOf } from "./digest.ts";
import { bytesOf, hexOf } from "./hex.ts";

/** A key of WebCrypto, as whichever environment types it. */
type Key = Parameters<typeof crypto.subtle.exportKey>[1];

/** Signs vouchers of a session whose key is one of P-256: it may be one that nobody can read, of a browser or a secure element. */
export type P256VoucherSigner = {
  /** What the session names as `key`: x and y, 64 bytes of hex. */
  readonly key: string;
  /** @returns 64 bytes of hex: r and s, of s and its negation the lower one */
  sign(channel: string, cumulative: bigint): Promise<string>;
};

/** A voucher with the P-256 key that should have signed it. */
export type P256Voucher = { channel: string; cumulative: bigint; signature: string; key: string };

const curve = { name: "ECDSA", namedCurve: "P-256" };
const hashing = { name: "ECDSA", hash: "SHA-256" };
const halfOrder = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
const highest = 1n << 96n;
const keysKept = 10_000;
const hex64 = /^0x[0-9a-f]{128}$/i;

/**
 * A P-256 key that signs vouchers of a session.
 * @param pair Of `crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"])`
 * @example
 * const sessionKey = await p256VoucherSigner(pair, site);
 * const session = { payer, token, keyKind: "P256", key: sessionKey.key, ...bounds, payees: [shop] };
 * const buy = payFetch({ signer, sessionKey, session, channels: site, maxPerCall, maxTotal, openWith });
 */
export async function p256VoucherSigner(
  pair: { publicKey: Key; privateKey: Key },
  site: ChannelSite,
): Promise<P256VoucherSigner> {
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  if (raw.length !== 65) throw new SluiceError("BYTES_INVALID", `publicKey: ${raw.length} bytes, want 65`, "publicKey");
  const digestOf = voucherDigestOf(site);
  return {
    key: hexOf(raw.subarray(1)), // the first byte says that both coordinates follow
    sign: async (channel, cumulative) => {
      const digest = digestOf(checkBytes("channel", channel, 32), checkUint("cumulative", cumulative, 96));
      const signed = await crypto.subtle.sign(hashing, pair.privateKey, Uint8Array.from(digest));
      return p256Signature(hexOf(new Uint8Array(signed)));
    },
  };
}

/**
 * Checks vouchers of one site that P-256 keys signed, as the contract does: a high s is refused.
 * @example
 * if (!(await p256VoucherVerifier(site)({ channel, cumulative, signature, key: session.key }))) refuse();
 */
export function p256VoucherVerifier(site: ChannelSite): (voucher: P256Voucher) => Promise<boolean> {
  const digestOf = voucherDigestOf(site);
  const keys = new Map<string, Promise<Key | undefined>>();
  const keyOf = (key: string): Promise<Key | undefined> => {
    const known = keys.get(key);
    if (known !== undefined) return known;
    if (keys.size >= keysKept) keys.clear();
    const imported = importKey(key);
    keys.set(key, imported);
    return imported;
  };
  return async ({ channel, cumulative, signature, key: name }) => {
    const fits = hex64.test(signature) && hex64.test(name) && cumulative >= 0n && cumulative < highest;
    if (!fits || BigInt(`0x${signature.slice(66)}`) > halfOrder) return false;
    const digest = Uint8Array.from(digestOf(channel, cumulative)); // before anything is awaited: the template is shared
    const key = await keyOf(name);
    return key !== undefined && crypto.subtle.verify(hashing, key, Uint8Array.from(bytesOf(signature)), digest);
  };
}

/** Undefined where the point is on no curve. */
async function importKey(key: string): Promise<Key | undefined> {
  const raw = new Uint8Array(65);
  raw[0] = 4;
  raw.set(bytesOf(key), 1);
  return crypto.subtle.importKey("raw", raw, curve, false, ["verify"]).catch(() => undefined);
}
