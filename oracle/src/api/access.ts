import type { Request, RequestHandler, Response } from "express";

import { OracleError } from "../errors.ts";
import type { ApiKeys } from "../service/apiKeys.ts";
import type { StakeLimits } from "../service/stakeLimits.ts";
import { TokenBuckets, type Allowance } from "../service/rateLimit.ts";
import type { Scope } from "../service/scopes.ts";
import { countedAddress, nameOf, setCaller, type Caller, type KeyCaller } from "./caller.ts";
import type { Operation } from "./operation.ts";

export interface AccessOptions {
  /** Whether reads and attestations need a key, too. */
  readonly apiKeysRequired: boolean;
  /** Requests a second of one key; 0 for no limit, here and below. */
  readonly rateLimitPerKey: number;
  /** Attestations a second about payments of one payer. */
  readonly rateLimitPerPayer: number;
  /** Requests a second of one address without a key. */
  readonly rateLimitPerAddress: number;
}

/** What changes something or shows what others may not see needs a key on any chain. */
const ALWAYS: ReadonlySet<Scope> = new Set(["review", "admin"]);

function tokenOf(request: Request): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const token = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(header)?.[1];
  if (token === undefined) throw new OracleError("API_KEY_INVALID", "authorization: send Bearer and the API key");
  return token;
}

function buckets(perSecond: number): TokenBuckets | undefined {
  return perSecond === 0 ? undefined : new TokenBuckets(perSecond);
}

function tell(response: Response, { limit, remaining, resetSeconds }: Allowance): void {
  response.setHeader("ratelimit-limit", limit);
  response.setHeader("ratelimit-remaining", remaining);
  response.setHeader("ratelimit-reset", resetSeconds);
}

function refuse(response: Response, whose: string, { retryAfterSeconds }: Allowance): never {
  response.setHeader("retry-after", retryAfterSeconds);
  const details = { retryAfterSeconds };
  throw new OracleError("RATE_LIMITED", `too many requests of this ${whose}: wait ${retryAfterSeconds} s`, details);
}

/** Who may call what, and how often. */
export class Access {
  readonly #keys: ApiKeys;
  readonly #options: AccessOptions;
  readonly #clock: () => number;
  readonly #limits: Pick<StakeLimits, "of">;
  readonly #perKey: TokenBuckets | undefined;
  readonly #perPayer: TokenBuckets | undefined;
  readonly #perAddress: TokenBuckets | undefined;

  /**
   * @param limits What an account's stake does to the limit of its key.
   * @param clock Milliseconds that never go back.
   */
  constructor(keys: ApiKeys, options: AccessOptions, limits: Pick<StakeLimits, "of">, clock: () => number) {
    this.#limits = limits;
    this.#keys = keys;
    this.#options = options;
    this.#clock = clock;
    this.#perKey = buckets(options.rateLimitPerKey);
    this.#perPayer = buckets(options.rateLimitPerPayer);
    this.#perAddress = buckets(options.rateLimitPerAddress);
  }

  /** Whether payers are counted at all: only then it is worth finding out who pays. */
  get countsPayers(): boolean {
    return this.#perPayer !== undefined;
  }

  /**
   * Lets a request of an operation pass.
   *
   * @throws OracleError API_KEY_MISSING, API_KEY_INVALID, SCOPE_MISSING or RATE_LIMITED.
   */
  guard({ scope }: Pick<Operation, "scope">): RequestHandler {
    return async (request, response, next) => {
      // Who guesses keys is counted by address before a key is looked up.
      const token = tokenOf(request);
      const address = countedAddress(request);
      if (token === undefined) this.#count(response, this.#perAddress, `address:${address}`, "address");
      const caller = await this.#caller(request, response, token, address);
      setCaller(request, caller);
      this.#check(caller, scope);
      if (caller.kind === "key") await this.#countKey(response, caller);
      next();
    };
  }

  /** Counts an attestation about a payment of this payer. @throws OracleError RATE_LIMITED. */
  countPayer(response: Response, payer: string): void {
    const allowance = this.#perPayer?.take(payer.toLowerCase(), this.#clock());
    if (allowance?.allowed === false) refuse(response, "payer", allowance);
  }

  async #caller(request: Request, response: Response, token: string | undefined, address: string): Promise<Caller> {
    if (token === undefined) return { kind: "address", address };
    try {
      const { id, name, scopes, account } = await this.#keys.authenticate(token);
      return { kind: "key", id, name, scopes, account };
    } catch (error) {
      this.#count(response, this.#perAddress, `address:${address}`, "address");
      throw error;
    }
  }

  #check(caller: Caller, scope: Operation["scope"]): void {
    if (scope === "none") return;
    if (caller.kind === "key") {
      if (scope === "key" || caller.scopes.includes(scope)) return;
      throw new OracleError("SCOPE_MISSING", `this key lacks the scope ${scope}`, { scope });
    }
    if (scope !== "key" && !this.#options.apiKeysRequired && !ALWAYS.has(scope)) return;
    const which = scope === "key" ? "an API key" : `an API key with the scope ${scope}`;
    throw new OracleError("API_KEY_MISSING", `send ${which}: authorization: Bearer slk_…`, { scope });
  }

  async #countKey(response: Response, caller: KeyCaller): Promise<void> {
    if (this.#perKey === undefined) return;
    const { factor } = await this.#limits.of(caller.account);
    this.#count(response, this.#perKey, nameOf(caller), "key", factor);
  }

  #count(response: Response, of: TokenBuckets | undefined, name: string, whose: string, factor = 1): void {
    const allowance = of?.take(name, this.#clock(), factor);
    if (allowance === undefined) return;
    tell(response, allowance);
    if (!allowance.allowed) refuse(response, whose, allowance);
  }
}
