import { oracleClient, tieApiKey, type CallAnswer } from "@sluice/sdk";

import { amountText } from "./amounts.ts";
import { needed, type Answer, type Command, type Input } from "./command.ts";
import { sluiceDecimals, type Context } from "./context.ts";
import { secretText } from "./place.ts";

const options = { node: { type: "string" }, "api-key-file": { type: "string" } } as const;
const usage = "--node URL --api-key-file FILE";

const tokens = (amount: string): string => amountText(BigInt(amount), sluiceDecimals);

function keyAnswer(key: CallAnswer<"readKey">): Answer {
  const { id, node, account, stake, factor, requestsPerSecond, tiers } = key;
  const limit = requestsPerSecond === 0 ? "none" : `${requestsPerSecond} requests a second`;
  const next = tiers.find((tier) => tier.factor > factor);
  return {
    json: key,
    lines: [
      `key      ${id} at ${node}`,
      `account  ${account ?? "none: sluice apikey tie puts one's stake behind it"}`,
      `stake    ${tokens(stake)} SLUICE, times ${factor}`,
      `limit    ${limit}`,
      ...(next === undefined ? [] : [`next     times ${next.factor} from ${tokens(next.stake)} SLUICE on`]),
    ],
  };
}

const place = (input: Input): { url: string; apiKey: string } => ({
  url: needed(input, "node"),
  apiKey: secretText(needed(input, "api-key-file"), "API key file"),
});

async function show(_context: Context, input: Input): Promise<Answer> {
  const { url, apiKey } = place(input);
  return keyAnswer(await oracleClient({ urls: url, apiKey }).readKey({}));
}

async function tie(context: Context, input: Input): Promise<Answer> {
  return keyAnswer(await tieApiKey(await context.signer(), place(input)));
}

/** What a holder does about a key of a node's API. */
export const apiKeyCommands: readonly Command[] = [
  {
    name: "apikey show",
    usage,
    arity: [0, 0],
    does: "Shows the limit of a key of a node's API, and the stake that raises it.",
    options,
    run: show,
  },
  {
    name: "apikey tie",
    usage,
    arity: [0, 0],
    does: "Signs that the account's stake stands behind the key, which may then ask more often. An account has one key at a node.",
    options,
    run: tie,
  },
];
