import { operation } from "./operation.ts";
import { orderBody, settlementBody, taken, voucherBody } from "./schemas/keeper.ts";

export const giveOrder = operation({
  id: "giveOrder",
  method: "post",
  path: "/v1/keeper/orders",
  scope: "attest",
  summary: "Hands the keeper an order of the operator or the payee, carried out when the payment's band lets it.",
  body: orderBody,
  answer: taken,
});

export const giveSettlement = operation({
  id: "giveSettlement",
  method: "post",
  path: "/v1/keeper/settlements",
  scope: "attest",
  summary: "Hands the keeper what payer and payee both signed.",
  body: settlementBody,
  answer: taken,
});

export const giveVoucher = operation({
  id: "giveVoucher",
  method: "post",
  path: "/v1/keeper/vouchers",
  scope: "attest",
  summary: "Hands the keeper a channel's last voucher, submitted when the payer asks to leave.",
  body: voucherBody,
  answer: taken,
});
