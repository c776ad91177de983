import { factsReference } from "../oracle/src/facts/table.ts";
import { metricsReference } from "../oracle/src/ops/metricsReference.ts";
import { environmentExample, settingsReference } from "../oracle/src/ops/settingsReference.ts";
import { renderApiTypes, renderOpenApi } from "./generate/api.ts";
import { readContracts } from "./generate/artifacts.ts";
import { renderContractsPage, renderErrorsPage, renderEventsPage } from "./generate/docs.ts";
import { readEnums, readLayout, readString, readTypehash } from "./generate/eip712.ts";
import { http402Reference } from "./generate/http402.ts";
import { compareFiles, writeFiles, type GeneratedFile } from "./generate/files.ts";
import { renderAbi, renderAddresses, renderEip712, renderEnums, renderErrors, renderEvents } from "./generate/sdk.ts";
import { collectErrors, collectEvents } from "./generate/tables.ts";
import { cliReference } from "./sluice/commands.ts";

const usage = `npm run generate              writes sdk/src/generated, docs/reference and .env.example from their sources
npm run generate -- --check   writes nothing; fails when a file is stale
Both read compiled artifacts: run \`npx hardhat compile\` first.`;

/** Contracts whose ABI integrators call, with the name of the exported constant. */
const published = [
  { contract: "IPaymentEscrow", constant: "paymentEscrowAbi" },
  { contract: "IPaymentChannels", constant: "paymentChannelsAbi" },
  { contract: "IRiskGate", constant: "riskGateAbi" },
  { contract: "IRiskEpoch", constant: "riskEpochAbi" },
  { contract: "SluiceToken", constant: "sluiceTokenAbi" },
  { contract: "ISluiceStake", constant: "sluiceStakeAbi" },
  { contract: "SluiceGovernor", constant: "sluiceGovernorAbi" },
  { contract: "IPolicyRegistry", constant: "policyRegistryAbi" },
  { contract: "IAttesters", constant: "attestersAbi" },
  { contract: "IListRegistry", constant: "listRegistryAbi" },
  { contract: "IRebatePool", constant: "rebatePoolAbi" },
  { contract: "IVoteRelay", constant: "voteRelayAbi" },
  { contract: "ITreasury", constant: "treasuryAbi" },
  { contract: "IGrantStreams", constant: "grantStreamsAbi" },
  { contract: "IFeeSplitter", constant: "feeSplitterAbi" },
  { contract: "IBuyBack", constant: "buyBackAbi" },
  { contract: "IAttesterRewards", constant: "attesterRewardsAbi" },
  { contract: "IReferralCodes", constant: "referralCodesAbi" },
  { contract: "LocalToken", constant: "localTokenAbi" },
];

/** Libraries that hash what somebody signs. */
const signedTypes = [
  "TermsLib",
  "PaymentBatchLib",
  "CollectorCallLib",
  "OrderLib",
  "AttestationLib",
  "ChannelTermsLib",
  "VoucherLib",
  "CloseLib",
  "ChannelBatchLib",
  "OpenLib",
  "SessionLib",
  "PayManyLib",
  "BountyLib",
  "HotKeyLib",
  "ListBatchLib",
  "SettlementLib",
  "ReviewLib",
  "BatchBallotLib",
  "RebateRootLib",
  "AccountDelegationLib",
  "AttesterPeriodLib",
];

async function generate(): Promise<GeneratedFile[]> {
  const contracts = await readContracts();
  const errors = collectErrors(contracts);
  const events = collectEvents(contracts);
  const enums = readEnums(contracts, [
    "SilenceRule",
    "FeeTier",
    "Band",
    "Collection",
    "Payout",
    "OrderAction",
    "RowProblem",
    "Funding",
    "KeyKind",
    "BallotProblem",
    "PolicyParameter",
    "ListKind",
  ]);
  const types = signedTypes.map((library) => readTypehash(contracts, library));
  const domains = {
    escrow: readString(contracts, "SluiceDomains", "ESCROW_NAME"),
    epoch: readString(contracts, "SluiceDomains", "EPOCH_NAME"),
    channels: readString(contracts, "SluiceDomains", "CHANNELS_NAME"),
    governor: readString(contracts, "SluiceDomains", "GOVERNOR_NAME"),
    attesters: readString(contracts, "SluiceDomains", "ATTESTERS_NAME"),
    lists: readString(contracts, "SluiceDomains", "LISTS_NAME"),
    rebates: readString(contracts, "SluiceDomains", "REBATES_NAME"),
    stake: readString(contracts, "SluiceDomains", "STAKE_NAME"),
    attesterRewards: readString(contracts, "SluiceDomains", "ATTESTER_REWARDS_NAME"),
    version: readString(contracts, "SluiceDomains", "VERSION"),
  };
  const layout = readLayout(contracts, "PackedTerms", types);
  return [
    { path: "sdk/src/generated/abi.ts", text: renderAbi(contracts, published) },
    { path: "sdk/src/generated/eip712.ts", text: renderEip712(domains, types, layout) },
    { path: "sdk/src/generated/enums.ts", text: renderEnums(enums) },
    { path: "sdk/src/generated/errors.ts", text: renderErrors(errors) },
    { path: "sdk/src/generated/events.ts", text: renderEvents(events) },
    { path: "sdk/src/generated/addresses.ts", text: await renderAddresses("deployments") },
    { path: "sdk/src/generated/api.ts", text: await renderApiTypes() },
    { path: "docs/reference/openapi.json", text: renderOpenApi() },
    { path: "docs/reference/contracts.md", text: renderContractsPage(contracts) },
    { path: "docs/reference/errors.md", text: renderErrorsPage(errors) },
    { path: "docs/reference/events.md", text: renderEventsPage(events) },
    { path: "docs/reference/facts.md", text: factsReference() },
    { path: "docs/reference/settings.md", text: settingsReference() },
    { path: "docs/reference/metrics.md", text: metricsReference() },
    { path: "docs/reference/cli.md", text: cliReference() },
    { path: "docs/reference/http-402.md", text: await http402Reference() },
    { path: ".env.example", text: environmentExample() },
  ];
}

const options = process.argv.slice(2);
if (options.some((option) => option !== "--check")) {
  console.error(usage);
  process.exit(2);
}
const files = await generate();
if (options.includes("--check")) {
  const stale = await compareFiles(files);
  for (const path of stale) console.error(`stale: ${path} (run \`npm run generate\`)`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  const written = await writeFiles(files);
  console.log(`${files.length} generated files, ${written} changed`);
}
