import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { keyOf } from "../oracle/support/keys.ts";
import { carried, cliWorld, holders, shadow, type CliWorld, type Json } from "./support.ts";

const MODEL = "oracle/models/eth2017-2";
const propose = ["governance", "propose-epoch", "--yes", "--title", "Other signers", "--model"];

describe("cli: an epoch by vote", () => {
  const fresh = [4, 5, 6].map((index) => keyOf(`cli signer ${index}`));
  let world: CliWorld;
  before(async () => {
    world = await cliWorld();
    await holders(world);
  });
  after(() => world.close());

  it("refuses a model whose weights are not those of its card", async () => {
    const folder = world.file("eth2017-2");
    await cp(MODEL, folder, { recursive: true });
    const model = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as { layers: { bias: number[] }[] };
    const [first] = model.layers;
    if (first?.bias[0] === undefined) throw new Error("the model has no bias");
    first.bias[0] += 1;
    await writeFile(join(folder, "model.json"), JSON.stringify(model));
    const error = await world.refused([...propose, folder], 0);
    expect(error.code).to.equal("MODEL_DIFFERS");
    expect(error.details["differs"]).to.not.deep.equal([]);
    const strange = world.deployment.gate;
    const other = await world.refused([...propose, MODEL, "--epoch", strange], 0);
    expect(other.code).to.equal("MODEL_DIFFERS");
  });

  it("deploys it with new signers, warns of bonds that are missing, and puts it into force by a vote", async () => {
    const { ethers } = world.connection;
    const [distributor, , , , third] = await ethers.getSigners();
    const { token = "" } = world.deployment.governance ?? {};
    const sluice = await ethers.getContractAt("SluiceToken", token, distributor);
    await (await sluice.transfer(third?.address ?? "", 20_000n * 10n ** 18n)).wait();
    await world.json(["stake", "20000"], 4);
    const signers = fresh.map((key) => ethers.computeAddress(key)).join(",");
    const brought = await world.json([...propose, MODEL, "--signers", signers], 0);
    const epoch = String(brought["epoch"]);
    expect((brought["warning"] as string[]).some((line) => line.includes("BondBelowMinimum"))).to.equal(true);
    expect(brought["words"]).to.have.length(2);
    expect((brought["shadow"] as Json)["payments"]).to.equal(0);
    const checked = await shadow(["--proposal", "0", ...world.place]);
    expect([checked.code, checked.out.includes("as the proposal's text says")]).to.deep.equal([0, true]);

    for (const [index, account] of [0, 4, 6].entries()) {
      const file = await world.write(`hot${index}.key`, fresh[index]?.privateKey ?? "");
      const registered = await world.json(["attester", "register", "--hot-key-file", file], account);
      expect(registered["event"]).to.include({ name: "HotKeySet" });
      expect((await world.json(["attester", "bond", "10000"], account))["event"]).to.include({ name: "Bonded" });
    }
    await carried(world, String(brought["proposalId"]));
    const gate = await ethers.getContractAt("RiskGate", world.deployment.gate);
    const { epoch: inForce } = await gate.policyAt(2n ** 256n - 1n);
    expect(inForce).to.equal(epoch);
    expect((await world.refused(["attester", "unbond", "10000"], 4)).details).to.include({ name: "StillListed" });
  });
});
