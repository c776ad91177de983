import { channelId } from "../channels.ts";
import { SluiceError } from "../failure.ts";
import { voucherRedeemer, type Redeemer } from "./redeemer.ts";
import type { RedeemerOptions } from "./redeemerOptions.ts";
import type { SignedVoucher } from "../channelBatch.ts";
import type { PaidTerms } from "../sessionText.ts";
import { voucherSignatures } from "./signatures.ts";
import { siteKey } from "./store.ts";

/** What a watchtower needs; it redeems at exits only, and by nothing but the vouchers it holds. */
export type WatchtowerOptions = Omit<RedeemerOptions, "minValue" | "maxAgeSeconds" | "contractValue">;

export type Watchtower = Redeemer & {
  /**
   * Holds a seller's last voucher of a channel; a higher one replaces it.
   * @returns whether it is the highest so far, and kept. Throws SluiceError `SIGNATURE_INVALID` where its signer did not sign it
   */
  hold(voucher: SignedVoucher & { terms: PaidTerms }): Promise<boolean>;
};

/**
 * Watches channels of sellers who are away: when a payer asks to leave, the last voucher it holds is submitted in the exit
 * window, by whatever account pays its gas, up to `maxGasPrice`. It cannot take anything: vouchers pay their payees, and of that
 * the submitter gets what the payee signed away as a bounty, at most 1 %.
 * @example
 * const bounty = { payee, token, feeBps: 50, largest: 5_000000n, deadline };
 * const bounties = [{ ...bounty, payeeSignature: await signBounty(payee, bounty, site) }]; // from the seller
 * const tower = watchtower({ site, store, provider, signer, bounties, maxGasPrice: 50_000000000n });
 * await tower.hold({ terms, cumulative, signature });
 * setInterval(() => void tower.round().catch(console.error), 600_000); // well below the shortest exit delay
 */
export function watchtower(options: WatchtowerOptions): Watchtower {
  const { site, store, curve, ...others } = options;
  const { provider, now = () => Date.now() / 1000 } = others;
  // It risks nothing by asking contracts: whoever calls `hold` has been let in.
  const unlimited = Number.MAX_SAFE_INTEGER;
  const contractSigners = {
    ...{ mostUnredeemed: 2n ** 96n, strangersPerSecond: unlimited, questionsPerSecond: unlimited },
  };
  const signed = voucherSignatures(site, { curve, provider, contractSigners, maxAgeSeconds: 0, now });
  const redeemer = voucherRedeemer({ site, store, ...others, ...(curve && { curve }) });
  return {
    round: () => redeemer.round(),
    hold: async ({ terms, cumulative, signature }) => {
      const channel = channelId(terms, site);
      const verdict = await signed({ terms, channel, cumulative, signature });
      if (verdict !== "key" && verdict !== "contract") {
        throw new SluiceError("SIGNATURE_INVALID", `voucher: ${terms.signer} did not sign it`, "signature");
      }
      const at = Math.floor(now());
      const known = { site: siteKey(site), claimed: 0n, price: 0n, at };
      return (await store.accept({ channel, terms, cumulative, signature, ...known })).done;
    },
  };
}
