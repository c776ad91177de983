import { TypedDataEncoder } from "ethers";

import { domainOf, type ChannelSite } from "../channels.ts";
import { voucherTypehash } from "../generated/eip712.ts";
import { bytesOf } from "./hex.ts";
import { javascriptKeccak, type Keccak } from "./keccak.ts";

const uint96Bytes = 12;
const cumulativeEnd = 96;

/** The digest of one site's vouchers; the bytes it answers are overwritten by its next call. */
export type VoucherDigest = (channel: string, cumulative: bigint) => Uint8Array;

/**
 * The EIP-712 digest of vouchers from a fixed template: domain and typehash are written once, a voucher fills in 44 bytes.
 * The general encoder of `voucherTypedData` says the same; a test holds the two together.
 * @throws SluiceError `ADDRESS_INVALID` or `NUMBER_OUT_OF_RANGE`, naming the field of the site
 */
export function voucherDigestOf(site: ChannelSite, keccak: Keccak = javascriptKeccak()): VoucherDigest {
  const struct = new Uint8Array(cumulativeEnd);
  const channelPart = struct.subarray(32, 64);
  bytesOf(voucherTypehash, struct.subarray(0, 32));
  const outer = new Uint8Array(66);
  outer.set([0x19, 0x01]);
  bytesOf(TypedDataEncoder.hashDomain(domainOf(site)), outer.subarray(2, 34));
  const structHash = outer.subarray(34);
  const digest = new Uint8Array(32);
  return (channel, cumulative) => {
    bytesOf(channel, channelPart);
    writeUint96(struct, cumulative);
    keccak(struct, structHash);
    return keccak(outer, digest);
  };
}

function writeUint96(struct: Uint8Array, cumulative: bigint): void {
  let rest = cumulative;
  for (let low = cumulativeEnd; low > cumulativeEnd - uint96Bytes; low -= 6) {
    let part = Number(rest & 0xffff_ffff_ffffn);
    rest >>= 48n;
    for (let at = low - 1; at >= low - 6; at -= 1) {
      struct[at] = part & 0xff;
      part = Math.floor(part / 256);
    }
  }
}
