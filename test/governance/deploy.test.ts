import { expect } from "chai";
import { id, ZeroAddress } from "ethers";
import { network } from "hardhat";

import { checkPowers, PowersError } from "../../deploy/checkPowers.ts";
import { deployGovernance } from "../../deploy/deployGovernance.ts";
import type { GovernanceDeployment } from "../../deploy/governanceDeployment.ts";
import { localGovernance } from "../../deploy/localGovernance.ts";
import { attesterKeys, epochConfig, POLICY } from "../shared/suite.ts";

/** A chain of its own with a gate that the deployer governs. */
async function site() {
  const connection = await network.create("hardhat");
  const { ethers } = connection;
  const [deployer, treasury, holder] = await ethers.getSigners();
  const token = await ethers.deployContract("LocalToken");
  const epoch = await ethers.deployContract("DirectEpoch", [epochConfig(attesterKeys(3), 2, await token.getAddress())]);
  const gate = await ethers.deployContract("RiskGate", [POLICY, await epoch.getAddress(), deployer!.address]);
  const deployed = await ethers.deployContract("PaymentEscrow", [
    await gate.getAddress(),
    treasury!.address,
    ZeroAddress,
  ]);
  const escrow = await ethers.getContractAt("IPaymentEscrow", await deployed.getAddress());
  return { connection, ethers, deployer: deployer!, holder: holder!, gate, escrow };
}

/** Where money goes, with a treasury that the deployer spends and pools that were not fixed. */
async function moneyOf(
  { deployContract, getSigners }: Awaited<ReturnType<typeof site>>["ethers"],
  { timelock, token, stake, gate }: { timelock: string; token: string; stake: string; gate: string },
) {
  const [deployer] = await getSigners();
  const vault = await deployContract("Treasury", [deployer!.address, 1_000]);
  const treasury = await vault.getAddress();
  const buyBack = await (await deployContract("BuyBack", [token, stake, timelock, treasury])).getAddress();
  const { feeParts } = localGovernance(deployer!.address);
  const splitter = await deployContract("FeeSplitter", [timelock, treasury, buyBack, feeParts]);
  const pool = await deployContract("RebatePool", [gate, timelock, token, 1, 1, 1, treasury]);
  return {
    ...{ treasury, buyBack, feeSplitter: await splitter.getAddress(), rebatePool: await pool.getAddress() },
    attesterRewards: await (await deployContract("AttesterRewards", [gate, treasury])).getAddress(),
    grants: await (await deployContract("GrantStreams", [timelock, treasury])).getAddress(),
    referralCodes: gate,
  };
}

async function findings(check: Promise<void>): Promise<readonly string[]> {
  try {
    await check;
    return [];
  } catch (error) {
    if (error instanceof PowersError) return error.findings;
    throw error;
  }
}

describe("deploy: governance", () => {
  let made: Awaited<ReturnType<typeof site>>;
  let deployment: GovernanceDeployment;

  before(async () => {
    made = await site();
    deployment = await deployGovernance(
      made.connection,
      await made.gate.getAddress(),
      localGovernance(made.holder.address),
    );
  });

  it("hands every power over and leaves the deployer nothing", async () => {
    const { ethers, deployer, holder } = made;
    expect(await findings(checkPowers(ethers.provider, deployment, deployer.address))).to.deep.equal([]);
    const token = await ethers.getContractAt("SluiceToken", deployment.token);
    expect(await token.balanceOf(holder.address)).to.equal(await token.totalSupply());
    const governor = await ethers.getContractAt("SluiceGovernor", deployment.governor);
    expect(await governor.isBootstrapTarget(deployment.policyRegistry)).to.equal(true);
    expect(await governor.isBootstrapTarget(deployment.token)).to.equal(false);
  });

  it("lets nobody but the policy registry at the gate", async () => {
    const { deployer, gate } = made;
    await expect(gate.connect(deployer).setGovernor(deployer.address))
      .to.be.revertedWithCustomError(gate, "NotGovernor")
      .withArgs(deployer.address, deployment.policyRegistry);
  });

  it("finds an escrow whose fees go elsewhere", async () => {
    const { ethers, deployer, escrow } = made;
    const found = await findings(
      checkPowers(ethers.provider, deployment, deployer.address, { escrow: await escrow.getAddress() }),
    );
    expect(found).to.deep.equal([`escrow.treasury is ${await escrow.treasury()}, not the feeSplitter`]);
  });

  it("finds parts that belong to another deployment", async () => {
    const { ethers, deployer } = made;
    const wrong = { ...deployment, attesters: deployment.listRegistry };
    const found = await findings(checkPowers(ethers.provider, wrong, deployer.address));
    expect(found).to.deep.equal([
      `policyRegistry.attesters (says whose signers are bonded) is ${deployment.attesters}, not the attesters`,
      `stake.attesters (bonds and slashes) is ${deployment.attesters}, not the attesters`,
    ]);
  });
});

describe("deploy: check of powers", () => {
  it("names every role the deployer keeps and the governor lacks, and a gate that was not handed over", async () => {
    const { ethers, deployer, gate } = await site();
    const p = localGovernance(deployer.address);
    const token = await ethers.deployContract("SluiceToken", [p.distributor, p.supply]);
    const stake = await ethers.deployContract("SluiceStake", [
      await token.getAddress(),
      p.unbondingPeriod,
      p.tierAge,
      [...p.tiers],
    ]);
    const timelock = await ethers.deployContract("SluiceTimelock", [p.timelockDelay, deployer.address]);
    const [stakeAt, gateAt, timelockAt] = [
      await stake.getAddress(),
      await gate.getAddress(),
      await timelock.getAddress(),
    ];
    const attesters = await ethers.deployContract("Attesters", [stakeAt, gateAt, stakeAt, 0, 1, 1]);
    const registry = await ethers.deployContract("PolicyRegistry", [gateAt, timelockAt, await attesters.getAddress()]);
    const settings = { ...p.settings, guardian: deployer.address, guardianUntil: 1 };
    const governor = await ethers.deployContract("SluiceGovernor", [stakeAt, timelockAt, settings, []]);
    await timelock.grantRole(id("PROPOSER_ROLE"), deployer.address);
    const money = await moneyOf(ethers, {
      timelock: timelockAt,
      token: await token.getAddress(),
      stake: stakeAt,
      gate: gateAt,
    });
    const deployment = {
      ...money,
      ...{ token: await token.getAddress(), stake: stakeAt, timelock: timelockAt, gate: gateAt },
      ...{ attesters: await attesters.getAddress(), policyRegistry: await registry.getAddress() },
      ...{ governor: await governor.getAddress(), listRegistry: gateAt, voteRelay: gateAt },
    };
    const found = await findings(checkPowers(ethers.provider, deployment, deployer.address));
    const zero = `0x${"00".repeat(20)}`;
    expect(found.toSorted()).to.deep.equal(
      [
        `gate.governor (sets policy and epoch) is ${deployer.address}, not the policyRegistry`,
        `stake.attesters (bonds and slashes) is ${zero}, not the attesters`,
        `treasury.timelock (spends) is ${deployer.address}, not the timelock`,
        `feeSplitter.attesterRewards (gets the attesters' part) is ${zero}, not the attesterRewards`,
        `feeSplitter.rebatePool (gets the rebates' part) is ${zero}, not the rebatePool`,
        `timelock: ${deployer.address} has admin`,
        `timelock: ${deployer.address} has proposer`,
        `timelock: ${deployment.governor} lacks proposer`,
        `timelock: ${deployment.governor} lacks executor`,
        `timelock: ${deployment.governor} lacks canceller`,
        `governor: the deployer ${deployer.address} is the guardian, who can cancel proposals`,
      ].toSorted(),
    );
  });
});
