import { createSchema, type FactSchema, PAYMENT_SCHEMA } from "../../oracle/src/facts/schema.ts";

/** Facts that look far back: windows, distinct counterparties, flows of money, labels and lists. */
const WIDE = [
  "payeeCount30d",
  "payeeValue1d",
  "payeeValue30d",
  "payeePayers1d",
  "payeePayers7d",
  "payeePayers30d",
  "payeeNewPayers30d",
  "payeeBurst",
  "payerCount30d",
  "payerValue30d",
  "payerPayees7d",
  "payerPayees30d",
  "payerNewPayees30d",
  "amountOverPayerNinetieth",
  "amountDeviationPayer",
  "amountDeviationPayee",
  "amountBelowThreshold",
  "payeeRefundShare",
  "payeeFraudRefundShare",
  "payerRefundShare",
  "payeePassedOn7d",
  "payeeFraudShare",
  "payeeFraudRun",
  "payeeSinceLastGood",
  "payeeSinceLastFraud",
  "payerFraudShare",
  "payeeListedPayers",
  "payerListedValue",
  "pairValue30d",
];

/** The schemas the bench computes: the shipped one, and one of the most laborious facts. */
export const SCHEMAS: Readonly<Record<string, FactSchema>> = {
  shipped: PAYMENT_SCHEMA,
  wide: createSchema([
    ...PAYMENT_SCHEMA.slots.slice(0, 3),
    ...WIDE.map((fact) => ({ fact, num: 1, den: 1, offset: 0, none: -128 })),
  ]),
};
