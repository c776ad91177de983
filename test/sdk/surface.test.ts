import { readFile } from "node:fs/promises";

import { expect } from "chai";

import * as sdk from "../../sdk/src/index.ts";

describe("sdk: public surface", () => {
  it("keeps every name that integrators of payments import", () => {
    expect(Object.keys(sdk)).to.include.members([
      "ContractRevertedError",
      "NodeError",
      "SluiceError",
      "apiKeyTypedData",
      "attestationBatchDigest",
      "attestationDigest",
      "attestationTypehash",
      "attestationTypes",
      "attestations",
      "bands",
      "batchTypedData",
      "channels",
      "checkTerms",
      "collections",
      "contractErrors",
      "contractEvents",
      "decodeContractError",
      "deployments",
      "dueOf",
      "epochContract",
      "epochDomain",
      "escrowContract",
      "escrowDomain",
      "feeTiers",
      "freePermit2Nonce",
      "gateContract",
      "governance",
      "localTokenAbi",
      "orderActions",
      "orderTypedData",
      "packAttestation",
      "packOrder",
      "packAttestationBatch",
      "packTerms",
      "packedTermsLayout",
      "parseDeployment",
      "paymentEscrowAbi",
      "paymentId",
      "paymentTermsTypehash",
      "paymentTermsTypes",
      "payments",
      "permit2Address",
      "permit2TypedData",
      "permitTypedData",
      "receiveAuthorizationTypedData",
      "recoverAttesters",
      "recoverSigner",
      "reviewTypedData",
      "reviewTypehash",
      "reviewTypes",
      "riskEpochAbi",
      "riskGateAbi",
      "signPermit2Transfer",
      "settlementTypedData",
      "settlementTypehash",
      "settlementTypes",
      "signReceiveAuthorization",
      "signTokenPermit",
      "silenceRules",
      "termsTypedData",
      "tieApiKey",
      "unpackAttestation",
      "unpackTerms",
    ]);
  });

  type EntryPoint = "payments" | "attestations" | "channels" | "governance" | "staking" | "treasury" | "referrals";
  const entryPoints: Record<EntryPoint, string[]> = {
    payments: [
      ...["authorize", "authorizeByAllowance", "authorizeByAuthorization", "authorizeByPermit", "authorizeByPermit2"],
      ...["authorizeMany", "authorizeWithCoin", "capture", "captureMany", "charge", "dispute", "draftTerms", "execute"],
      ...["packCollectorCall", "packPermit2", "post", "readPayment", "reclaim", "refund", "request"],
      ...["resolve", "resolveByDefault", "review", "settle"],
      ...["signAuthorization", "signCollectorCall", "signOrder", "signPermit", "signPermit2"],
      ...["signReview", "signSettlement", "signTerms", "sweep", "tighten", "void", "wrapSignature"],
    ],
    attestations: ["requestAttestation", "requestChannelAttestation", "requestPayManyAttestation"],
    channels: [
      ...["finalizeExit", "fund", "open", "openByAuthorization", "payMany", "readChannel"],
      ...["redeemMany", "requestExit", "topUp"],
    ],
    governance: ["execute", "propose", "proposeOptimistic", "queue", "stake", "vote"],
    staking: [
      ...["claimRewards", "delegate", "delegateBySig", "delegationTypedData", "notifyReward"],
      ...["stakeOf", "stakeWithPermit", "unstake", "withdraw"],
    ],
    treasury: [
      ...["auctionCost", "buy", "claimReward", "distribute", "moveGrant"],
      ...["postPeriod", "splitFees", "startAuction", "withdrawGrant"],
    ],
    referrals: ["accept", "lookup", "offer", "register", "setPayout"],
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
