import { expect } from "chai";

import { ContractRevertedError, type RevertDetails } from "../../sdk/src/index.ts";

/** What was thrown. */
export async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail("nothing was thrown"),
    (thrown: unknown) => thrown,
  );
}

/** The details of the contract's refusal, by its error's name and arguments. */
export async function expectRevert(
  promise: Promise<unknown>,
  name: string,
  args: RevertDetails["args"],
): Promise<RevertDetails> {
  const thrown = await thrownBy(promise);
  if (!(thrown instanceof ContractRevertedError)) throw thrown;
  expect(thrown.code).to.equal("CONTRACT_REVERTED");
  expect({ name: thrown.details.name, args: thrown.details.args }).to.deep.equal({ name, args });
  return thrown.details;
}
