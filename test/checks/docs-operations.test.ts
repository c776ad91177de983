import { expect } from "chai";
import { FunctionFragment, Interface } from "ethers";
import { readdir, readFile } from "node:fs/promises";

import { contractErrors, contractEvents, paymentEscrowAbi, payments } from "../../sdk/src/index.ts";
import { at, capture, post, request, unpaid } from "../shared/moves.ts";
import { attest, authorized, termsFor, UNIT } from "../shared/suite.ts";
import { folder, play, suiteOfThePages, terms } from "./operationPages.ts";

describe("docs: operations", () => {
  it("tell the story that the contracts play, figure by figure", async () => {
    const suite = await suiteOfThePages();
    const { escrow, payee, stranger, token, site } = suite;
    // Stands for a payment that does not exist yet, until the first page has authorized it.
    const payment = unpaid(suite, await termsFor(suite, terms));
    await play("authorize", suite, payment, async () => Object.assign(payment, await authorized(suite, terms)));
    const attestation = await attest(suite, payment);
    await play("capture", suite, payment, () =>
      capture(suite, payment, { amount: 100n * UNIT, feeBps: 100, attestation }),
    );
    await play("void", suite, payment, () => escrow.connect(payee).void(payment.packed, 50n * UNIT, 0));
    await at(payment.terms.captureBy);
    await play("reclaim", suite, payment, () => escrow.connect(stranger).reclaim(payment.packed));
    await token.connect(payee).approve(site.escrow, 40n * UNIT);
    await play("refund", suite, payment, () => escrow.connect(payee).refund(payment.packed, 40n * UNIT, 0));
    await play("sweep", suite, payment, () =>
      escrow.connect(stranger).sweep(payment.terms.token, suite.feeReceiver.address),
    );
  });

  it("are right about a request", async () => {
    const suite = await suiteOfThePages();
    const payment = await authorized(suite, terms);
    await play("request", suite, payment, () => request(suite, payment));
  });

  it("are right about a batch", async () => {
    const suite = await suiteOfThePages();
    const payment = unpaid(suite, await termsFor(suite, terms));
    const second = unpaid(suite, { ...payment.terms, amount: 50n * UNIT, salt: 2n });
    const escrow = suite.escrow.connect(suite.payer);
    await play("authorize-many", suite, payment, () => escrow.authorizeMany([payment.packed, second.packed], 0, "0x"));
  });

  it("are right about an order", async () => {
    const suite = await suiteOfThePages();
    const { stranger, payee, site } = suite;
    const payment = await authorized(suite, terms);
    const state = { capturable: 250n * UNIT, refundable: 0n, deadline: 2 ** 40 - 1 };
    const order = { action: "Void", amount: 50n * UNIT, feeBps: 0, ...state } as const;
    const signature = await payments.signOrder(payee, site, payment.terms, order);
    await play("execute", suite, payment, () => payments.execute(stranger, site, payment.terms, order, signature));
  });

  it("are right about a posted Hold", async () => {
    const suite = await suiteOfThePages();
    const payment = await authorized(suite, terms);
    await play("post", suite, payment, () => post(suite, payment, { score: 9_800 }));
  });
});

describe("docs: operations name errors and events", () => {
  const escrows = ["IPaymentEscrow", "IEscrowCore", "IEscrowExtension"];
  const known = {
    Errors: new Map(Object.values(contractErrors).map(({ name, contract }) => [name, contract])),
    Events: new Map(Object.values(contractEvents).map(({ name, contract }) => [name, contract])),
  };

  async function namedUnder(heading: "Errors" | "Events"): Promise<Set<string>> {
    const names = new Set<string>();
    for (const page of await readdir(folder)) {
      const text = await readFile(`${folder}/${page}`, "utf8");
      const section = text.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
      for (const [, name = ""] of section.matchAll(/`([A-Z]\w+)[`(]/g)) names.add(name);
    }
    return names;
  }

  it("that exist, and all of the escrow's errors", async () => {
    const named = await namedUnder("Errors");
    const collections = ["Erc3009", "Permit2", "Native"];
    expect([...named].filter((name) => !known.Errors.has(name) && !collections.includes(name))).to.deep.equal([]);
    const own = [...known.Errors].filter(([, contract]) => escrows.includes(contract)).map(([name]) => name);
    expect(own.filter((name) => !named.has(name))).to.deep.equal([]);
  });

  it("that exist, and all of the escrow's events", async () => {
    const named = await namedUnder("Events");
    expect([...named].filter((name) => !known.Events.has(name))).to.deep.equal([]);
    const own = [...known.Events].filter(([, contract]) => escrows.includes(contract)).map(([name]) => name);
    expect(own.filter((name) => !named.has(name))).to.deep.equal([]);
  });

  it("have a page for every function of the escrow that changes something", async () => {
    const index = await readFile(`${folder}/README.md`, "utf8");
    const functions = new Interface(paymentEscrowAbi).fragments.filter((one) => FunctionFragment.isFragment(one));
    const changing = functions.filter(({ stateMutability }) => ["nonpayable", "payable"].includes(stateMutability));
    expect(changing.length).to.be.greaterThan(15);
    const unlisted = changing.filter(({ name }) => !index.includes(`| [${name}](`)).map(({ name }) => name);
    expect(unlisted).to.deep.equal([]);
  });
});
