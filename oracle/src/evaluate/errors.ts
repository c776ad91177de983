/** Input that cannot be evaluated as asked; the message says what to do about it. */
export class EvaluateError extends Error {
  override readonly name = "EvaluateError";
}
