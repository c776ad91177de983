import { toBeHex } from "ethers";

import type { ChannelSite } from "../channels.ts";
import { checkAddress, checkBytes, checkUint } from "../checks.ts";
import { SluiceError } from "../failure.ts";
import { sessionIn, sessionText, type PaidTerms, type SessionText } from "../sessionText.ts";

/** Names of the headers of x402 version 2; all three carry base64 of JSON. */
export const headers = {
  /** Seller to payer, with status 402: what to pay. */
  required: "PAYMENT-REQUIRED",
  /** Payer to seller: the voucher. */
  signature: "PAYMENT-SIGNATURE",
  /** Seller to payer: what was charged. */
  response: "PAYMENT-RESPONSE",
  /** Both ways, of Sluice alone: which stream a voucher continues. */
  stream: "PAYMENT-STREAM",
} as const;

export const x402Version = 2;
/** The scheme of x402 whose fields are used. */
export const scheme = "batch-settlement";

/** x402's codes, as far as they fit. */
export const problems = {
  amount: "invalid_batch_settlement_evm_cumulative_amount_mismatch",
  /** Too many contract accounts are being asked about signatures: once more in a moment. */
  busy: "invalid_batch_settlement_evm_channel_busy",
  balance: "invalid_batch_settlement_evm_cumulative_exceeds_balance",
  channel: "invalid_batch_settlement_evm_channel_not_found",
  channelId: "invalid_batch_settlement_evm_channel_id_mismatch",
  closing: "sluice_channel_closing",
  deposit: "invalid_batch_settlement_evm_deposit_simulation_failed",
  depositSmall: "invalid_batch_settlement_evm_deposit_below_min_deposit",
  payload: "invalid_payload",
  required: "payment_required",
  requirements: "invalid_payment_requirements",
  /** Not of this payee alone, out of its time or too near its end, or too little notice. */
  session: "sluice_session_not_accepted",
  sessionCap: "sluice_session_cap_reached",
  signature: "invalid_batch_settlement_evm_voucher_signature",
  /** A contract signs for the channel, and it owes as much unredeemed as the seller risks. */
  unredeemed: "sluice_unredeemed_limit",
  /** The seller does not submit deposits of this kind; `extra.deposits` says which. */
  unsponsored: "sluice_deposit_not_sponsored",
} as const;
export type Problem = (typeof problems)[keyof typeof problems];

/** A channel as the seller knows it; amounts are decimal text of the token's smallest unit. */
export type ChannelStateText = {
  /** 32 bytes of hex. */
  channelId: string;
  /** Confirmed deposit, what was paid out included. */
  balance: string;
  /** What the contract has paid out. */
  totalClaimed: string;
  /** Second at which the channel closes, 0 where nobody asked to leave. Another meaning than x402's: ours names the end. */
  closeAt: number;
  /** What was served. */
  chargedCumulativeAmount: string;
};

/** What the seller asks for. */
export type Requirements = {
  /** Of x402, the only one. */
  scheme: typeof scheme;
  /** `eip155:` and the chain id. */
  network: string;
  /** Price of this call. */
  amount: string;
  /** The token. */
  asset: string;
  /** The payee. */
  payTo: string;
  /** Always 60: longest time between this answer and the payment; nothing is refused for it. */
  maxTimeoutSeconds: number;
  /** What the scheme adds. */
  extra: {
    /** The contract; x402's scheme knows one contract a chain and does not name it. */
    channels: string;
    /** Shortest exit delay that is accepted, in seconds. */
    withdrawDelay: number;
    /** Name and version of the token's EIP-712 domain, for gasless deposits. */
    name?: string;
    /** See `name`. */
    version?: string;
    /** Least deposit that the seller opens a channel for. */
    minDeposit?: string;
    /** Whether the seller submits deposits by ERC-3009. */
    sponsored: boolean;
    /** All ways by which he does. */
    deposits: readonly DepositKind[];
    /** x402's word for it where ERC-3009 is not among them. */
    assetTransferMethod?: "permit2";
    /** Whether contract accounts (EIP-1271) may sign, and how much one of their channels may owe unredeemed. */
    contractSigners?: {
      /** In the token's smallest unit. */
      mostUnredeemed: string;
    };
    /** Who signs a receipt for each paid answer; absent where the seller gives none. */
    receipts?: {
      /** Address of the key. */
      signer: string;
      /** Second at which the payee's word for that key ends; absent where it is his own. */
      expiry?: number;
      /** That word: the payee's signature over `ReceiptKey`, 65 bytes of hex. */
      signature?: string;
    };
    /** Least amount the next voucher must name; only where the channel is known. */
    nextAmount?: string;
    /** The channel as the seller knows it; only where it is known. */
    channelState?: ChannelStateText;
    /** The payer's own last voucher, as proof. */
    voucherState?: {
      /** Its amount. */
      signedMaxClaimable: string;
      /** Its signature, as the payer sent it. */
      signature: string;
    };
  };
};

/** What a 402 carries, in `PAYMENT-REQUIRED` and as its body. */
export type PaymentRequired = {
  /** Of the protocol. */
  x402Version: typeof x402Version;
  /** Why this call is not paid: a code. */
  error: Problem;
  /** What was called. */
  resource: {
    /** Path and query. */
    url: string;
  };
  /** What to pay: one entry. */
  accepts: Requirements[];
};

/** x402's names for the channel's terms: receiver is the payee, payerAuthorizer the signer, withdrawDelay the exit delay. */
export type ChannelConfigText = {
  /** Whose money it is. */
  payer: string;
  /** The terms' signer: whose key signs vouchers. */
  payerAuthorizer: string;
  /** The payee. */
  receiver: string;
  /** The token. */
  token: string;
  /** Exit delay, in seconds. */
  withdrawDelay: number;
  /** 32 bytes of hex. */
  salt: string;
  /** Of Sluice alone: the session whose key signs, where `payerAuthorizer` and `salt` name one. */
  session?: SessionText;
};

/** Ways by which a seller may submit a payer's deposit; all but ERC-3009 only open channels. */
export const depositKinds = ["eip3009", "permit2", "eip2612"] as const;
export type DepositKind = (typeof depositKinds)[number];

/** What lets the seller open the channel, or by ERC-3009 add to its deposit; one of the three. Numbers are decimal text. */
export type DepositText = {
  /** In the token's smallest unit. */
  amount: string;
  /** The payer's consent, in one of three ways. */
  authorization: Erc3009Text | Permit2Text | Eip2612Text;
};
type Erc3009Text = {
  /** The token's `receiveWithAuthorization`; its nonce is the hash of the channel's terms, or of the top-up. */
  erc3009Authorization: {
    /** Always 0. */
    validAfter: "0";
    /** Second from which it is worth nothing. */
    validBefore: string;
    /** Of a top-up a random number, 32 bytes of hex; zero where it opens the channel. */
    salt: string;
    /** The payer's, hex. */
    signature: string;
  };
};
type Permit2Text = {
  /** Permit2's transfer with the channel as its witness. */
  permit2Authorization: {
    /** Of Permit2, unordered. */
    nonce: string;
    /** Second from which it is worth nothing. */
    deadline: string;
    /** The payer's, hex. */
    signature: string;
  };
};
type Eip2612Text = {
  /** The token's permit, and the payer's word for the opening. */
  eip2612Authorization: {
    /** Second from which both are worth nothing. */
    deadline: string;
    /** The payer's signature that gives the contract the allowance, hex. */
    permit: string;
    /** The payer's signature over the opening, hex. */
    signature: string;
  };
};

/** A deposit as it arrived; `deadline` in seconds since the Unix epoch. */
export type ArrivedDeposit = { amount: bigint; deadline: number; signature: string } & (
  { kind: "eip3009"; salt: bigint } | { kind: "permit2"; nonce: bigint } | { kind: "eip2612"; permit: string }
);

/** What a payer's `PAYMENT-SIGNATURE` carries. */
export type PaymentPayload = {
  /** Of the protocol. */
  x402Version: typeof x402Version;
  /** The entry of `accepts` that is paid, as it came; a paywall looks at `scheme`, `network`, `asset` and `payTo`. */
  accepted: Requirements;
  /** What pays. */
  payload: {
    /** Whether a deposit comes with the voucher. */
    type: "voucher" | "deposit";
    /** The channel's terms. */
    channelConfig: ChannelConfigText;
    /** Signed by `payerAuthorizer`, or the session's key. */
    voucher: {
      /** Hash of the terms, 32 bytes of hex. */
      channelId: string;
      /** All that the payee may take of the channel so far, this call included: what the contract calls `cumulative`. */
      maxClaimableAmount: string;
      /** EIP-712 `Voucher`, 64 bytes (EIP-2098) or 65 of hex; a contract's as it wants it. */
      signature: string;
    };
    /** Where `type` is `deposit`: what the seller submits first, to open the channel or add to it. */
    deposit?: DepositText;
  };
};

/** A voucher as it arrived, each field checked. */
export type ArrivedPayment = {
  network: string;
  asset: string;
  payTo: string;
  terms: PaidTerms;
  channel: string;
  cumulative: bigint;
  signature: string;
  deposit?: ArrivedDeposit;
};

export function networkOf(site: Pick<ChannelSite, "chainId">): string {
  return `eip155:${site.chainId}`;
}

export function configOf(terms: PaidTerms): ChannelConfigText {
  const { payer, signer, payee, token, exitDelay, salt, session } = terms;
  const parties = { payer, payerAuthorizer: signer, receiver: payee, token };
  const config = { ...parties, withdrawDelay: exitDelay, salt: toBeHex(salt, 32) };
  return session === undefined ? config : { ...config, session: sessionText(session) };
}

/** JSON as a header carries it. */
export function encodeHeader(value: object): string {
  const json = JSON.stringify(value);
  // btoa takes characters up to 255; what is above is escaped as JSON allows
  return btoa(json.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

/** @throws SluiceError `PAYMENT_INVALID` when it is no base64 of JSON */
export function decodeHeader(name: string, text: string): unknown {
  try {
    return JSON.parse(atob(text));
  } catch (cause) {
    throw new SluiceError("PAYMENT_INVALID", `${name}: no base64 of JSON`, name, { cause });
  }
}

/**
 * Reads a payer's header.
 * @throws SluiceError `PAYMENT_INVALID` or the code of the field that is wrong
 */
export function readPayment(text: string): ArrivedPayment {
  return readPayload(decodeHeader(headers.signature, text));
}

/** As `readPayment`, of what the header carries. */
export function readPayload(all: unknown): ArrivedPayment {
  if (pick(all, "x402Version") !== x402Version) throw invalid("x402Version", `want ${x402Version}`);
  const accepted = pick(all, "accepted");
  if (pick(accepted, "scheme") !== scheme) throw invalid("accepted.scheme", `want ${scheme}`);
  const payload = pick(all, "payload");
  const type = pick(payload, "type");
  if (type !== "voucher" && type !== "deposit") throw invalid("payload.type", "want voucher or deposit");
  const voucher = pick(payload, "voucher");
  return {
    network: textIn(accepted, "network"),
    asset: addressIn("accepted.asset", pick(accepted, "asset")),
    payTo: addressIn("accepted.payTo", pick(accepted, "payTo")),
    terms: readConfig(pick(payload, "channelConfig")),
    channel: checkBytes("voucher.channelId", pick(voucher, "channelId"), 32),
    cumulative: amountIn(voucher, "maxClaimableAmount"),
    signature: textIn(voucher, "signature"),
    ...(type === "deposit" ? { deposit: readDeposit(pick(payload, "deposit")) } : {}),
  };
}

function readConfig(config: unknown): PaidTerms {
  const session = pick(config, "session");
  return {
    ...(session === undefined ? {} : { session: sessionIn(session) }),
    payer: addressIn("channelConfig.payer", pick(config, "payer")),
    payee: addressIn("channelConfig.receiver", pick(config, "receiver")),
    token: addressIn("channelConfig.token", pick(config, "token")),
    signer: addressIn("channelConfig.payerAuthorizer", pick(config, "payerAuthorizer")),
    exitDelay: Number(checkUint("channelConfig.withdrawDelay", pick(config, "withdrawDelay"), 32)),
    salt: BigInt(checkBytes("channelConfig.salt", pick(config, "salt"), 32)),
  };
}

function readDeposit(deposit: unknown): ArrivedDeposit {
  const amount = amountIn(deposit, "amount");
  const authorization = pick(deposit, "authorization");
  const [pull, permit2, permit] = [
    ...["erc3009Authorization", "permit2Authorization", "eip2612Authorization"].map((name) =>
      pick(authorization, name),
    ),
  ];
  if ([pull, permit2, permit].filter((one) => one !== undefined).length !== 1) {
    throw invalid("deposit.authorization", "want one way");
  }
  const signature = textIn(pull ?? permit2 ?? permit, "signature");
  if (pull !== undefined) {
    const salt = BigInt(checkBytes("erc3009Authorization.salt", pick(pull, "salt"), 32));
    return { kind: "eip3009", amount, deadline: Number(amountIn(pull, "validBefore")), salt, signature };
  }
  const deadline = Number(checkUint("deadline", amountIn(permit2 ?? permit, "deadline"), 40));
  if (permit === undefined) return { kind: "permit2", amount, deadline, nonce: amountIn(permit2, "nonce"), signature };
  return { kind: "eip2612", amount, deadline, permit: textIn(permit, "permit"), signature };
}

/** Addresses seen, with their checksum: a payer's thousand calls name the same six, and a checksum costs a hash. */
const addresses = new Map<string, string>();
const addressesKept = 10_000;

function addressIn(field: string, value: unknown): string {
  const known = typeof value === "string" ? addresses.get(value) : undefined;
  if (known !== undefined) return known;
  const address = checkAddress(field, value);
  if (addresses.size >= addressesKept) addresses.clear();
  addresses.set(String(value), address);
  return address;
}

/** A field of what may be anything. */
export function pick(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** @throws SluiceError `PAYMENT_INVALID` when it is no decimal text below 2^96 */
export function amountIn(value: unknown, name: string): bigint {
  const text = pick(value, name);
  if (typeof text !== "string" || !/^(0|[1-9][0-9]{0,28})$/.test(text)) throw invalid(name, "want decimal text");
  return checkUint(name, BigInt(text), 96);
}

function textIn(value: unknown, name: string): string {
  const text = pick(value, name);
  if (typeof text !== "string") throw invalid(name, "want text");
  return text;
}

function invalid(field: string, want: string): SluiceError {
  return new SluiceError("PAYMENT_INVALID", `${field}: ${want}`, field);
}
