import { operation } from "./operation.ts";
import { keyView, tieBody } from "./schemas/keys.ts";

export const readKey = operation({
  id: "readKey",
  method: "get",
  path: "/v1/key",
  scope: "key",
  summary: "The key that asks: its scopes, its limit, and the stake that raises it.",
  answer: keyView,
});

export const tieKey = operation({
  id: "tieKey",
  method: "post",
  path: "/v1/key/account",
  scope: "key",
  summary: "Ties the key that asks to an account that has signed for it, whose stake raises the key's limit.",
  body: tieBody,
  answer: keyView,
});

/** About the key that asks. */
export const KEY_OPERATIONS = [readKey, tieKey] as const;
