// One payment from signature to settlement, against the stack of `npm start`.
import { readFile } from "node:fs/promises";

import { attestations, ContractRevertedError, localTokenAbi, parseDeployment, payments } from "@sluice/sdk";
import { Contract, JsonRpcProvider, Wallet, formatEther, parseEther } from "ethers";

// Where things are. The operator and the payee are unlocked accounts of the local chain; the payer is new and has no coin.
const { SLUICE_DEPLOYMENT = "deployments/31337.json", SLUICE_RPC = "http://127.0.0.1:8545" } = process.env;
const { SLUICE_NODES = "http://127.0.0.1:8701 http://127.0.0.1:8702 http://127.0.0.1:8703" } = process.env;
const site = parseDeployment(await readFile(SLUICE_DEPLOYMENT, "utf8"));
const provider = new JsonRpcProvider(SLUICE_RPC, site.chainId, { staticNetwork: true });
const [operator, payee, payer] = [await provider.getSigner(1), await provider.getSigner(2), Wallet.createRandom()];
const token = new Contract(site.token, localTokenAbi, operator);
const minted = await token.getFunction("mint").send(payer.address, parseEther("100"));
await minted.wait();

// Authorize: the payer signs, the operator submits.
const parties = { payer: payer.address, payee: payee.address, operator: operator.address, token: site.token };
const fees = { maxFeeBps: 100, feeReceiver: operator.address };
const now = (await provider.getBlock("latest"))?.timestamp ?? 0;
const terms = payments.draftTerms({ ...parties, ...fees, amount: parseEther("25") }, now);
const domain = { tokenName: "Local Token", tokenVersion: "1" };
const authorized = await payments.authorizeByAuthorization(operator, site, terms, payer, domain);
console.log("authorized", authorized.event.id);

// Attest: a quorum of nodes signs the facts; the answer says what follows from them, and why.
const { signers, quorum } = site;
const attested = await attestations.requestAttestation(SLUICE_NODES.split(" "), site, terms, { signers, quorum });
console.log("score", attested.score, "band", attested.band, "signed by", attested.signers.length);
for (const reason of attested.reasons) console.log(" ", reason.sentence);

// Capture 10 of 25: the contract checks the signatures and runs the model in this transaction.
const capture = { amount: parseEther("10"), feeBps: 100, attestation: attested.attestation };
try {
  const { event } = await payments.capture(operator, site, terms, capture);
  const { amount, operatorFee, protocolFee } = event;
  console.log("captured", formatEther(amount), "payee got", formatEther(amount - operatorFee - protocolFee));
} catch (error) {
  if (!(error instanceof ContractRevertedError)) throw error;
  console.log("not captured:", error.details.name, error.details.args);
}

// What the escrow knows now.
const { state } = await payments.readPayment(provider, site, terms);
console.log("still in escrow", formatEther(state.capturable), "posted band", state.band);
provider.destroy();
