import { expect } from "chai";

import * as sdk from "../../sdk/src/index.ts";

describe("sdk: public surface", () => {
  it("keeps every name that integrators of payments import", () => {
    expect(Object.keys(sdk)).to.include.members([
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
