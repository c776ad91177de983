import { expect } from "chai";

import * as sdk from "../../sdk/src/index.ts";

describe("sdk: public surface", () => {
  it("is exactly this; a name that goes away breaks integrators", () => {
    expect(Object.keys(sdk).sort()).to.deep.equal([
      "SluiceError",
      "attestationDigest",
      "attestationTypehash",
      "attestationTypes",
      "bands",
      "checkTerms",
      "collections",
      "contractErrors",
      "contractEvents",
      "decodeContractError",
      "deployments",
      "epochContract",
      "epochDomain",
      "escrowContract",
      "escrowDomain",
      "gateContract",
      "localTokenAbi",
      "packAttestation",
      "packTerms",
      "packedTermsLayout",
      "parseDeployment",
      "paymentEscrowAbi",
      "paymentId",
      "paymentTermsTypehash",
      "paymentTermsTypes",
      "receiveAuthorizationTypedData",
      "recoverAttesters",
      "recoverSigner",
      "riskEpochAbi",
      "riskGateAbi",
      "signReceiveAuthorization",
      "silenceRules",
      "termsTypedData",
      "unpackAttestation",
      "unpackTerms",
    ]);
  });
});
