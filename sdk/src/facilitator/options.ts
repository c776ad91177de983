import type { Next, PaidResponse } from "../paywall/http.ts";
import type { PaywallOptions } from "../paywall/options.ts";

/** For whom a facilitator answers, and on which terms; what is absent is as in a paywall. */
export type Seller = Pick<
  PaywallOptions,
  "payee" | "token" | "tokenDomain" | "deposits" | "minDeposit" | "minExitDelaySeconds" | "closeMarginSeconds"
>;

/** The options of a paywall that are not the seller's. */
export type FacilitatorOptions = Pick<
  PaywallOptions,
  | "site"
  | "store"
  | "provider"
  | "sponsor"
  | "confirmations"
  | "maxAgeSeconds"
  | "curve"
  | "verifier"
  | "contractSigners"
  | "now"
  | "onError"
> & { sellers: readonly Seller[] };

/** What is used of a request of `node:http`, and so of Express. */
export type FacilitatorRequest = {
  method?: string | undefined;
  url?: string | undefined;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of Express, where a parser of JSON stands before. */
  body?: unknown;
  [Symbol.asyncIterator]?(): AsyncIterator<unknown>;
};

/** Express middleware, which works on plain `node:http` as well; what is not its own it hands on. */
export type Facilitator = (request: FacilitatorRequest, response: PaidResponse, next: Next) => void;
