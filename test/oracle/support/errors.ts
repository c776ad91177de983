import { expect } from "chai";

import { OracleError, type ErrorCode } from "../../../oracle/src/errors.ts";

/** Expects an OracleError with a code, and answers it. */
export async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<OracleError> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof OracleError)) throw error;
    expect(error.code).to.equal(code);
    return error;
  }
  throw new Error(`expected ${code}, but nothing was refused`);
}
