import {
  attestersAbi,
  buyBackAbi,
  feeSplitterAbi,
  grantStreamsAbi,
  listRegistryAbi,
  paymentChannelsAbi,
  paymentEscrowAbi,
  policyRegistryAbi,
  rebatePoolAbi,
  referralCodesAbi,
  riskGateAbi,
  sluiceGovernorAbi,
  sluiceStakeAbi,
  sluiceTokenAbi,
  treasuryAbi,
  voteRelayAbi,
  type Deployment,
} from "@sluice/sdk";
import { getAddress, Interface } from "ethers";

/** A contract of the deployment as this command line calls and reads it. */
export interface KnownContract {
  readonly name: string;
  readonly abi: Interface;
}

/** What the timelock of OpenZeppelin says and is asked; the SDK has no ABI of it, because nobody calls it directly. */
const timelockAbi = [
  "function getMinDelay() view returns (uint256)",
  "function updateDelay(uint256 newDelay)",
  "event CallExecuted(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data)",
  "event CallScheduled(bytes32 indexed id, uint256 indexed index, address target, uint256 value, bytes data, bytes32 predecessor, uint256 delay)",
  "event Cancelled(bytes32 indexed id)",
];

export const abis = {
  token: new Interface(sluiceTokenAbi),
  // The counter of signed delegations is OpenZeppelin's, and not in the stake's own interface.
  stake: new Interface([...sluiceStakeAbi, "function nonces(address owner) view returns (uint256)"]),
  governor: new Interface(sluiceGovernorAbi),
  policyRegistry: new Interface(policyRegistryAbi),
  attesters: new Interface(attestersAbi),
  listRegistry: new Interface(listRegistryAbi),
  voteRelay: new Interface(voteRelayAbi),
  rebatePool: new Interface(rebatePoolAbi),
  referralCodes: new Interface(referralCodesAbi),
  treasury: new Interface(treasuryAbi),
  grants: new Interface(grantStreamsAbi),
  feeSplitter: new Interface(feeSplitterAbi),
  buyBack: new Interface(buyBackAbi),
  timelock: new Interface(timelockAbi),
  gate: new Interface(riskGateAbi),
  escrow: new Interface(paymentEscrowAbi),
  channels: new Interface(paymentChannelsAbi),
};

/** The contracts that are known at a deployment, by checksummed address. */
export function knownContracts(deployment: Deployment): ReadonlyMap<string, KnownContract> {
  const { gate, escrow, channels, token, governance } = deployment;
  const rows: [string | undefined, string, Interface][] = [
    [gate, "RiskGate", abis.gate],
    [escrow, "PaymentEscrow", abis.escrow],
    [channels, "PaymentChannels", abis.channels],
    [token, "payment token", abis.token],
    [governance?.token, "SluiceToken", abis.token],
    [governance?.stake, "SluiceStake", abis.stake],
    [governance?.governor, "SluiceGovernor", abis.governor],
    [governance?.timelock, "SluiceTimelock", abis.timelock],
    [governance?.policyRegistry, "PolicyRegistry", abis.policyRegistry],
    [governance?.attesters, "Attesters", abis.attesters],
    [governance?.listRegistry, "ListRegistry", abis.listRegistry],
    [governance?.voteRelay, "VoteRelay", abis.voteRelay],
    [governance?.rebatePool, "RebatePool", abis.rebatePool],
    [governance?.referralCodes, "ReferralCodes", abis.referralCodes],
    [governance?.treasury, "Treasury", abis.treasury],
    [governance?.grants, "GrantStreams", abis.grants],
    [governance?.feeSplitter, "FeeSplitter", abis.feeSplitter],
    [governance?.buyBack, "BuyBack", abis.buyBack],
  ];
  const named = rows.filter((row): row is [string, string, Interface] => row[0] !== undefined);
  return new Map(named.map(([address, name, abi]) => [getAddress(address), { name, abi }]));
}
