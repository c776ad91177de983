import { pageQuery } from "./fields.ts";
import { operation } from "./operation.ts";
import { idParams } from "./schemas/payments.ts";
import {
  auditPage,
  note,
  noteBody,
  orderBody,
  reviewCase,
  reviewOrder,
  reviewPage,
  reviewQuery,
} from "./schemas/reviews.ts";

export const listReviews = operation({
  id: "listReviews",
  method: "get",
  path: "/v1/reviews",
  scope: "review",
  summary: "Payments that are held or blocked and still in escrow, newest first, with reasons and the time left.",
  query: reviewQuery,
  answer: reviewPage,
});

export const readReview = operation({
  id: "readReview",
  method: "get",
  path: "/v1/reviews/:id",
  scope: "review",
  summary: "One payment with its reasons, history, notes and signed reviews.",
  params: idParams,
  answer: reviewCase,
});

export const addNote = operation({
  id: "addNote",
  method: "post",
  path: "/v1/reviews/:id/notes",
  scope: "review",
  summary: "Adds a note to a payment. Notes stay.",
  params: idParams,
  body: noteBody,
  answer: note,
  status: 201,
});

export const orderReview = operation({
  id: "orderReview",
  method: "post",
  path: "/v1/reviews/:id/orders",
  scope: "review",
  summary: "Signs a review with the operator's key: the posted band becomes one step milder once anybody sends it.",
  params: idParams,
  body: orderBody,
  answer: reviewOrder,
  status: 201,
});

export const listAudit = operation({
  id: "listAudit",
  method: "get",
  path: "/v1/audit",
  scope: "admin",
  summary: "What operators did, newest first; each entry's hash covers the one before.",
  query: pageQuery,
  answer: auditPage,
});

export const REVIEW_OPERATIONS = [listReviews, readReview, addNote, orderReview, listAudit] as const;
