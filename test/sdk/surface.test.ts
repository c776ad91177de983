import { readFile } from "node:fs/promises";

import { expect } from "chai";

import * as sdk from "../../sdk/src/index.ts";

describe("sdk: public surface", () => {
  it("keeps every name that integrators of payments import", () => {
    expect(Object.keys(sdk)).to.include.members([
      "ContractRevertedError",
      "NodeError",
      "SluiceError",
      "attestationDigest",
      "attestationTypehash",
      "attestationTypes",
      "attestations",
      "bands",
      "channels",
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
      "governance",
      "localTokenAbi",
      "packAttestation",
      "packTerms",
      "packedTermsLayout",
      "parseDeployment",
      "paymentEscrowAbi",
      "paymentId",
      "paymentTermsTypehash",
      "paymentTermsTypes",
      "payments",
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

  const entryPoints: Record<"payments" | "attestations" | "channels" | "governance", string[]> = {
    payments: [
      ...[
        "authorize",
        "authorizeByAllowance",
        "authorizeByAuthorization",
        "capture",
        "draftTerms",
        "post",
        "readPayment",
      ],
      ...["reclaim", "refund", "request", "signAuthorization", "signTerms", "sweep", "void"],
    ],
    attestations: ["requestAttestation"],
    channels: ["finalizeExit", "open", "openByAuthorization", "readChannel", "redeemMany", "requestExit"],
    governance: ["execute", "propose", "queue", "stake", "vote"],
  };
  for (const [name, functions] of Object.entries(entryPoints)) {
    it(`has exactly these functions in ${name}`, () => {
      expect(Object.keys(Reflect.get(sdk, name) as object).toSorted()).to.deep.equal(functions);
    });
  }

  it("is explained: README and guide name every function of the entry points", async () => {
    const pages = [await readFile("sdk/README.md", "utf8"), await readFile("docs/guides/sdk.md", "utf8")];
    for (const [page, text] of pages.entries()) {
      const unnamed = Object.values(entryPoints)
        .flat()
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(text));
      expect(unnamed, `page ${page}`).to.deep.equal([]);
    }
  });
});
