import { Signature, toBeHex, TypedDataEncoder, Wallet } from "ethers";
import { writeFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

import type { Vectors } from "../../sdk/src/conformance/index.ts";
import { channelId, compactSignature, signVoucher, voucherTypedData } from "../../sdk/src/index.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** The vectors of the conformance kit, by ethers' general encoder: `node test/sdk/vectors.ts` writes them anew. */
export async function vectorsOf(): Promise<Vectors> {
  const signer = new Wallet(toBeHex(402, 32));
  const site = { chainId: 8453, channels: "0xC1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1C1" };
  const parties = { payer: signer.address, payee: toBeHex(0x22, 20), token: toBeHex(0x33, 20), signer: signer.address };
  const terms = { ...parties, exitDelay: 86_400, salt: 7n };
  const id = channelId(terms, site);
  const other = channelId({ ...terms, salt: 8n }, site);
  const row = (
    attack: string,
    what: string,
    channel: string,
    cumulative: bigint,
    signature: string,
    valid: boolean,
  ) => {
    const { domain, types, message } = voucherTypedData(channel, cumulative, site);
    const digest = TypedDataEncoder.hash(domain, types, message);
    return { attack, what, channel, cumulative: cumulative.toString(), digest, signature, valid };
  };
  const good = await signVoucher(signer, id, 5n, site);
  const { r, s, v } = Signature.from(good);
  const highS = `${r}${toBeHex(ORDER - BigInt(s), 32).slice(2)}${v === 27 ? "1c" : "1b"}`;
  const largest = (1n << 96n) - 1n;
  const vouchers = [
    row("-", "a voucher of 65 bytes", id, 5n, good, true),
    row("-", "the same of 64 bytes", id, 5n, compactSignature(good), true),
    row("-", "the largest amount", id, largest, await signVoucher(signer, id, largest, site), true),
    row("C6", "a lower amount with a signature over a higher one", id, 4n, good, false),
    row("C6", "a higher amount with a signature over a lower one", id, 6n, good, false),
    row("C6", "no signature", id, 5n, "0x", false),
    row("C6", "a signature of zeros", id, 5n, `0x${"00".repeat(65)}`, false),
    row("C6", "a high s, which a batch cannot carry", id, 5n, highS, false),
    row("C5", "of another channel", id, 5n, await signVoucher(signer, other, 5n, site), false),
    row("C5", "of another chain", id, 5n, await signVoucher(signer, id, 5n, { ...site, chainId: 1 }), false),
    row(
      "C5",
      "of another contract",
      id,
      5n,
      await signVoucher(signer, id, 5n, { ...site, channels: parties.token }),
      false,
    ),
    row("C7", "of another key", id, 5n, await signVoucher(new Wallet(toBeHex(403, 32)), id, 5n, site), false),
  ];
  return { site, terms: { ...terms, salt: terms.salt.toString() }, channelId: id, vouchers };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await writeFile("sdk/conformance/vectors.json", `${JSON.stringify(await vectorsOf(), undefined, 2)}\n`);
}
