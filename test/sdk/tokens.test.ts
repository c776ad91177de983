import { expect } from "chai";
import { id, TypedDataEncoder, verifyTypedData } from "ethers";

import { receiveAuthorizationTypedData, signReceiveAuthorization, SluiceError } from "../../sdk/src/index.ts";
import { randomBytes, randomWallet, seed, seeded } from "./samples.ts";

const random = seeded(seed);
const payer = randomWallet(random);
const authorization = {
  token: "0xde709f2102306220921060314715629080e2fb77",
  tokenName: "Local Token",
  tokenVersion: "1",
  chainId: 31337,
  from: payer.address,
  to: randomWallet(random).address,
  value: 12_500000n,
  validAfter: 0,
  validBefore: 2_000_000_000,
  nonce: randomBytes(random, 32),
};

describe("sdk: ERC-3009 authorizations", () => {
  it("hash under the published typehash", () => {
    const { types } = receiveAuthorizationTypedData(authorization);
    const published = "0xd099cc98ef71107a616c4f0f941f04c322d8e254fe26b3c6668db87aae413de8";
    const text = TypedDataEncoder.from(types).encodeType("ReceiveWithAuthorization");
    expect(id(text)).to.equal(published);
  });

  it("are signed by their owner", async () => {
    const { domain, types, message } = receiveAuthorizationTypedData(authorization);
    const signature = await signReceiveAuthorization(payer, authorization);
    expect(verifyTypedData(domain, types, message, signature)).to.equal(payer.address);
  });

  it("are refused with a nonce of 31 bytes", () => {
    const broken = { ...authorization, nonce: `0x${"00".repeat(31)}` };
    expect(() => receiveAuthorizationTypedData(broken))
      .to.throw(SluiceError)
      .with.property("field", "nonce");
  });
});
