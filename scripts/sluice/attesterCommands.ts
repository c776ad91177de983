import { readFileSync } from "node:fs";

import { hotKeyDigest } from "@sluice/sdk";
import { Wallet } from "ethers";

import { amountOf, amountText } from "./amounts.ts";
import { CliError } from "./cliError.ts";
import { argument, type Answer, type Command, type Input } from "./command.ts";
import { sluiceDecimals, type Context } from "./context.ts";
import { secretText } from "./place.ts";

/** A hot key and its consent to an account. */
interface Consent {
  readonly hotKey: string;
  readonly signature: string;
}

/** The consent that `oracle keys rotate` printed. */
function readConsent(file: string, account: string): Consent {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    throw new CliError("FILE_INVALID", `${file} is not JSON that can be read`);
  }
  const [hotKey, signature, own]: unknown[] = ["hotKey", "signature", "account"].map((name) =>
    Reflect.get(Object(read), name),
  );
  if (typeof hotKey !== "string" || typeof signature !== "string") {
    throw new CliError("FILE_INVALID", `${file} is not what \`oracle keys rotate\` prints`);
  }
  if (own === account) return { hotKey, signature };
  throw new CliError("FILE_INVALID", `${file} is the consent to ${String(own)}, not to ${account}`);
}

/** The consent of a key that lies on this machine. */
function consentOf(context: Context, file: string, account: string): Consent {
  const text = secretText(file, "hot key file");
  const site = { chainId: context.deployment.chainId, contract: context.governance.attesters };
  let wallet: Wallet;
  try {
    wallet = new Wallet(text.startsWith("0x") ? text : `0x${text}`);
  } catch {
    throw new CliError("KEY_UNREADABLE", `${file} does not hold 32 bytes of hex`);
  }
  return { hotKey: wallet.address, signature: wallet.signingKey.sign(hotKeyDigest(account, site)).serialized };
}

async function register(context: Context, input: Input): Promise<Answer> {
  const account = await context.account();
  const [consent, keyFile] = [input.text("consent"), input.text("hot-key-file")];
  if ((consent === undefined) === (keyFile === undefined)) {
    throw new CliError("USAGE", "give --consent FILE, which `oracle keys rotate` prints, or --hot-key-file FILE");
  }
  const { hotKey, signature } =
    consent === undefined ? consentOf(context, keyFile ?? "", account) : readConsent(consent, account);
  const call = context.call("attesters", "setHotKey", [hotKey, signature, input.text("url") ?? ""]);
  return context.perform([call], () => ({ event: "HotKeySet", lines: [`${hotKey} signs for ${account}`] }));
}

function bonding(method: "bond" | "unbond", event: "Bonded" | "Unbonded", says: string): Command["run"] {
  return async (context, input) => {
    const amount = amountOf(argument(input, 0), sluiceDecimals);
    return context.perform([context.call("attesters", method, [amount])], () => {
      return { event, lines: [`${amountText(amount, sluiceDecimals)} SLUICE ${says}`] };
    });
  };
}

/** What an attester's account does; its node has a command line of its own. */
export const attesterCommands: readonly Command[] = [
  {
    name: "attester register",
    usage: "--consent FILE | --hot-key-file FILE [--url URL]",
    arity: [0, 0],
    does: "Names the key that signs on the account's node, with the key's own consent.",
    options: { consent: { type: "string" }, "hot-key-file": { type: "string" }, url: { type: "string" } },
    run: register,
  },
  {
    name: "attester bond",
    usage: "AMOUNT",
    arity: [1, 1],
    does: "Turns stake into the bond that answers for the key's signatures; it has no votes.",
    run: bonding("bond", "Bonded", "answer for the key's signatures and no longer vote"),
  },
  {
    name: "attester unbond",
    usage: "AMOUNT",
    arity: [1, 1],
    does: "Turns bond into stake again, once the account answers for nothing that can still be proven.",
    run: bonding("unbond", "Unbonded", "vote again"),
  },
];
