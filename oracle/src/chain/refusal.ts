/** What can be done about a refusal: ask for less, ask later or elsewhere, or nothing in particular. */
export type RefusalKind = "tooLarge" | "rateLimited" | "other";

/** -32005 is "limit exceeded": of a rate or of a result; only the words tell. */
const LIMIT_EXCEEDED = -32_005;
const TOO_MANY_REQUESTS = 429;

const RATE = /rate.?limit|too many requests|per second|throughput|capacity|quota|credits/i;
const SIZE =
  /too (large|many|big|wide)|more than \d+ (results|logs|blocks)|block range|range (is )?(limit|too)|response size|exceed/i;

/** What an error of an endpoint means. Codes are not standard, so its words count, too. */
export function refusalKind(method: string, code: number, message: string): RefusalKind {
  if (code === TOO_MANY_REQUESTS || RATE.test(message)) return "rateLimited";
  if (method === "eth_getLogs" && (code === LIMIT_EXCEEDED || SIZE.test(message))) return "tooLarge";
  return code === LIMIT_EXCEEDED ? "rateLimited" : "other";
}

/** The endpoint answered with an error of its own, for instance a revert. */
export class RpcRefusal extends Error {
  override readonly name = "RpcRefusal";
  readonly code: number;
  readonly data: unknown;
  readonly kind: RefusalKind;

  constructor(method: string, code: number, message: string, data: unknown) {
    super(`${method}: ${message}`);
    this.code = code;
    this.data = data;
    this.kind = refusalKind(method, code, message);
  }
}
