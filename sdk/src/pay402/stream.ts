import { readAsk } from "./answers.ts";
import type { CallBudget } from "./budget.ts";
import { inTurn, sendPaid, status402, type Payer } from "./payer.ts";
import { headers } from "./wire.ts";

const statusOk = 200;

/**
 * Pays a stream while it runs: asks what it needs, which the seller answers when it needs something, and sends a voucher.
 * Ends with the stream, with the call's budget or with the first failure; the seller then ends the stream.
 */
export async function payStream(payer: Payer, { url, method }: Request, id: string, budget: CallBudget): Promise<void> {
  const question = new Request(url, { method, headers: { [headers.stream]: id } });
  for (;;) {
    const response = await payer.fetch(question.clone());
    if (response.status === statusOk) continue; // nothing was needed for a while
    if (response.status !== status402) return;
    const ask = readAsk(response, payer.site);
    const paid = await inTurn(payer, ask, () => sendPaid(payer, question, ask, budget, () => undefined));
    if (paid.response.status !== statusOk) return;
  }
}
