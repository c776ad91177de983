import type { Request } from "express";

import { OracleError } from "../../errors.ts";
import { checkAccountProof } from "../../service/accountProof.ts";
import { publicId } from "../../service/apiKeys.ts";
import { callerOf, nameOf, type KeyCaller } from "../caller.ts";
import type { AppDeps } from "../deps.ts";
import { readKey, tieKey } from "../keyOperations.ts";
import type { Answer } from "../operation.ts";
import type { Routes } from "../serve.ts";

const UNITS = 10n ** 18n;

function keyOf(request: Request): KeyCaller {
  const caller = callerOf(request);
  if (caller.kind === "key") return caller;
  throw new OracleError("API_KEY_MISSING", "send the API key this is about: authorization: Bearer slk_…");
}

/** What holders of keys see of their own, and how an account's stake gets behind one. */
export function keyRoutes(routes: Routes, deps: AppDeps): void {
  const { keys, stakeLimits, audit, proofPlace } = deps.parts;
  const nodeOf = (request: Request): string => deps.publicUrl(request.socket.localPort ?? 0);
  const view = async (request: Request, account: string | undefined): Promise<Answer<typeof readKey>> => {
    const { id, name, scopes } = keyOf(request);
    const { stake, factor } = await stakeLimits.of(account);
    return {
      ...{ id: publicId(id), name, scopes: [...scopes], node: nodeOf(request), chainId: deps.site.chainId },
      ...{ account: account ?? null, stake: stake.toString(), factor },
      requestsPerSecond: deps.access.rateLimitPerKey * factor,
      tiers: stakeLimits.tiers.map(([tokens, times]) => ({ stake: `${BigInt(tokens) * UNITS}`, factor: times })),
    };
  };
  routes.serve(readKey, (_, { request }) => view(request, keyOf(request).account));
  routes.serve(tieKey, async ({ body }, { request }) => {
    const caller = keyOf(request);
    const account = body.account.toLowerCase();
    const { deadline, signature } = body;
    const proof = { node: nodeOf(request), key: publicId(caller.id), account, deadline };
    await checkAccountProof(proof, signature, proofPlace);
    await keys.tie(caller.id, account, deadline);
    await audit.append({ actor: nameOf(caller), action: "tieApiKey", subject: caller.id, body: { account } });
    return view(request, account);
  });
}
