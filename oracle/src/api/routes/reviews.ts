import { reasonsOf } from "../../attest/finding.ts";
import { paymentRules } from "../../compliance/paymentRules.ts";
import type { RuleSettings } from "../../compliance/rules.ts";
import { OracleError } from "../../errors.ts";
import type { ServiceParts } from "../../service/parts.ts";
import { reviewState } from "../../service/reviews.ts";
import type { EventRow } from "../../store/schema.ts";
import type { NoteRow, ReviewOrderRow } from "../../store/serviceSchema.ts";
import type { PaymentWithBand } from "../../store/serviceReads.ts";
import { eventAnswer, rulesAnswer, summaryAnswer } from "../answers.ts";
import { callerOf, nameOf } from "../caller.ts";
import { page, placeOf } from "../cursor.ts";
import type { AppDeps, Running } from "../deps.ts";
import type { Answer } from "../operation.ts";
import { addNote, listAudit, listReviews, orderReview, readReview } from "../reviewOperations.ts";
import type { Routes } from "../serve.ts";

type Item = Answer<typeof listReviews>["items"][number];
type Judged = Pick<Item, "score" | "reasons" | "reasonsError">;

/** Score and reasons as this node finds them now; where it cannot, why. */
async function judged({ service }: Running, id: string): Promise<Judged> {
  try {
    const examination = await service.examine(id);
    const reasons = reasonsOf(examination).map((reason) => ({ ...reason }));
    return { score: examination.score, reasons, reasonsError: null };
  } catch (error) {
    if (!(error instanceof OracleError)) throw error;
    return { score: null, reasons: [], reasonsError: error.code };
  }
}

async function itemOf(
  running: Running,
  rules: RuleSettings,
  payment: PaymentWithBand,
  events: readonly EventRow[],
): Promise<Item> {
  const { capturable, band, reviewed, disputed, opensAt = null, closesAt = null } = reviewState(payment, events);
  const now = running.state.cursor?.timestamp ?? 0;
  return {
    ...summaryAnswer(payment),
    ...(await judged(running, payment.id)),
    ruleReasons: rulesAnswer(paymentRules(running.state, payment, rules)),
    capturable: capturable.toString(),
    postedBand: band ?? null,
    ...{ reviewed, disputed, opensAt, closesAt },
    secondsLeft: closesAt === null ? null : Math.max(0, closesAt - now),
  };
}

function noteAnswer({ id, author, text, at }: NoteRow): Answer<typeof addNote> {
  return { id, author, text, at };
}

function orderAnswer(row: ReviewOrderRow): Answer<typeof readReview>["orders"][number] {
  const { id, from_band: fromBand, to_band: toBand, reason_code: reasonCode } = row;
  const { deadline, reviewer, signature, author } = row;
  return { id, fromBand, toBand, reasonCode, deadline, reviewer, signature, author };
}

async function known({ reads }: Running, id: string): Promise<PaymentWithBand> {
  const payment = await reads.payment(id.toLowerCase());
  if (payment === undefined) throw new OracleError("UNKNOWN_PAYMENT", `payment ${id} was not seen here`);
  return payment;
}

/** What a reviewer sees and does. */
export function reviewRoutes(routes: Routes, deps: AppDeps, { reviews, audit }: ServiceParts): void {
  routes.serve(listReviews, async ({ query: { after, limit } }) => {
    const running = deps.running();
    const [block, logIndex] = after === undefined ? [] : placeOf("reviews", ["number", "number"], after);
    const below = after === undefined ? undefined : { block: Number(block), logIndex: Number(logIndex) };
    const rows = await running.reads.reviewable(below, limit + 1);
    const { items, next } = page(
      rows,
      limit,
      "reviews",
      (row) => [row.block, row.log_index],
      (row) => row,
    );
    const shown: Item[] = [];
    for (const payment of items) {
      const item = await itemOf(running, deps.rules, payment, await running.store.eventsOf(payment.id));
      if (item.capturable !== "0") shown.push(item);
    }
    return { items: shown, next };
  });
  routes.serve(readReview, async ({ params }) => {
    const running = deps.running();
    const payment = await known(running, params.id);
    const events = await running.store.eventsOf(payment.id);
    const [notes, orders] = [await reviews.notes(payment.id), await reviews.orders(payment.id)];
    const item = await itemOf(running, deps.rules, payment, events);
    return { ...item, events: events.map(eventAnswer), notes: notes.map(noteAnswer), orders: orders.map(orderAnswer) };
  });
  routes.serve(addNote, async ({ params, body: { text } }, { request }) => {
    const payment = await known(deps.running(), params.id);
    const actor = nameOf(callerOf(request));
    const note = await reviews.addNote(payment.id, actor, text);
    await audit.append({ actor, action: "addNote", subject: payment.id, body: { note: note.id } });
    return noteAnswer(note);
  });
  routes.serve(orderReview, async ({ params, body: { reasonCode, deadline } }, { request }) => {
    const running = deps.running();
    const payment = await known(running, params.id);
    const events = await running.store.eventsOf(payment.id);
    const [author, now] = [nameOf(callerOf(request)), running.state.cursor?.timestamp ?? 0];
    const { order, call } = await reviews.sign({ payment, events, now, reasonCode, deadline, author });
    const body = { order: order.id, fromBand: order.from_band, toBand: order.to_band, reasonCode };
    await audit.append({ actor: author, action: "orderReview", subject: payment.id, body });
    return { ...orderAnswer(order), call: { ...call } };
  });
  routes.serve(listAudit, async ({ query: { after, limit } }) => {
    const below = after === undefined ? undefined : Number(placeOf("audit", ["number"], after)[0]);
    const rows = await audit.page(below, limit + 1);
    return page(
      rows,
      limit,
      "audit",
      ({ seq }) => [seq],
      (row) => ({ ...row }),
    );
  });
}
