import type { ChannelStateText } from "./wire.ts";

/** What an answer to a paid call carries in `PAYMENT-RESPONSE`. */
export type PaymentResponse = {
  /** Always: what failed is a 402. */
  success: true;
  /** Of a deposit the hash of its transaction; empty for a voucher. */
  transaction: string;
  /** `eip155:` and the chain id. */
  network: string;
  /** Whose money it is. */
  payer: string;
  /** What was deposited; empty for a voucher. */
  amount: string;
  /** What was charged, and how the channel stands. */
  extra: {
    /** For this call; 0 where it failed. */
    chargedAmount: string;
    /** After this call. */
    channelState: ChannelStateText;
    /** The highest voucher that was accepted. */
    signedMaxClaimable: string;
  };
  /** Where the seller gives receipts. */
  extensions?: ReceiptExtension;
};

/** A seller's receipt, in the shape of x402's signed receipts. */
export type ReceiptExtension = {
  "sluice-receipt": {
    /** As x402's extensions have it. */
    info: {
      /** Of this shape. */
      version: 1;
      /** The receipt and its signature. */
      receipt: {
        /** EIP-712 under the channels' domain. */
        format: "eip712";
        /** The fields of `Receipt`. */
        payload: {
          /** 32 bytes of hex. */
          channelId: string;
          /** All that was accepted on the channel, this call included. */
          cumulative: string;
          /** What was charged for this call. */
          price: string;
          /** Second, by the seller's clock. */
          issuedAt: number;
          /** EIP-712 hash of `Request`: method, path with query, SHA-256 of the body. */
          request: string;
        };
        /** 64 bytes of hex (EIP-2098). */
        signature: string;
      };
    };
  };
};
