import { z } from "zod";

import { stakeTiers, USUAL_STAKE_TIERS } from "./stakeTiers.ts";

/** What is known about a setting beside its schema. The reference, .env.example and log censoring are made from it. */
export interface SettingNote {
  readonly type: "text" | "number" | "boolean" | "list";
  readonly bounds: string;
  readonly secret?: boolean;
  /** A file path; relative ones are relative to the settings file. */
  readonly path?: boolean;
  /** What must stand at the path before the node starts; a secret must be readable by its owner only. */
  readonly needs?: "file" | "secret" | "directory";
  readonly description: string;
}

const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "must be a 0x address of 40 hex digits");
const httpUrl = z.url({ protocol: /^https?$/, error: "must be an http or https URL" });
const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: "must be a postgres:// URL" });
const whole = (lowest: number, highest: number): z.ZodNumber => z.number().int().min(lowest).max(highest);
const wei = z.string().regex(/^[0-9]{1,30}$/, "must be a decimal number of wei in a string");

const note = (note: SettingNote): SettingNote => note;
const count = (bounds: string, description: string): SettingNote => note({ type: "number", bounds, description });
const file = (description: string, needs?: SettingNote["needs"]): SettingNote =>
  note({ type: "text", bounds: "a path", path: true, description, ...(needs === undefined ? {} : { needs }) });
const contract = (what: string): SettingNote =>
  note({
    type: "text",
    bounds: "address",
    description: `${what} whose events are kept. Default: the deployment file's.`,
  });

/** Schema and default of every setting. Absent takes the default; present but invalid stops the start. */
export const SETTING_SHAPE = {
  rpcUrl: httpUrl,
  rpcUrls: z.array(httpUrl).max(7).default([]),
  rpcAgreement: whole(1, 8).default(1),
  chainId: whole(1, Number.MAX_SAFE_INTEGER).optional(),
  deployment: z.string().min(1).optional(),
  gate: address.optional(),
  escrow: address.optional(),
  listRegistry: address.optional(),
  channels: address.optional(),
  attesters: address.optional(),
  stake: address.optional(),
  governor: address.optional(),
  policyRegistry: address.optional(),
  rebatePool: address.optional(),
  referralCodes: address.optional(),
  deployedBlock: whole(0, Number.MAX_SAFE_INTEGER).optional(),
  dataDir: z.string().min(1),
  databaseUrl: postgresUrl.optional(),
  databasePoolSize: whole(1, 200).default(8),
  databaseConnectTimeoutMs: whole(100, 60_000).default(2_000),
  databaseStatementTimeoutMs: whole(100, 600_000).default(10_000),
  databaseLockTimeoutMs: whole(100, 600_000).default(5_000),
  durability: z.enum(["power", "process"]).default("power"),
  historySnapshotEvents: whole(0, 1_000_000_000).default(50_000),
  modelsDir: z.string().min(1).optional(),
  shadowModel: z.string().min(1).optional(),
  host: z.string().min(1).default("127.0.0.1"),
  port: whole(0, 65_535).default(8701),
  keyFile: z.string().min(1).optional(),
  passwordFile: z.string().min(1).optional(),
  privateKeyFile: z.string().min(1).optional(),
  signerUrl: httpUrl.optional(),
  signerAddress: address.optional(),
  signerTokenFile: z.string().min(1).optional(),
  signerCertFile: z.string().min(1).optional(),
  signerCertKeyFile: z.string().min(1).optional(),
  signerCaFile: z.string().min(1).optional(),
  signerTimeoutMs: whole(10, 60_000).default(1_000),
  nextKeyFile: z.string().min(1).optional(),
  nextPasswordFile: z.string().min(1).optional(),
  nextPrivateKeyFile: z.string().min(1).optional(),
  nextSignerAddress: address.optional(),
  peers: z
    .array(z.strictObject({ url: httpUrl, signer: address }))
    .max(15)
    .default([]),
  peersOnly: z.boolean().optional(),
  peerClockSeconds: whole(10, 3_600).default(120),
  peerTimeoutMs: whole(10, 30_000).default(500),
  pollIntervalMs: whole(10, 60_000).default(1_000),
  rpcTimeoutMs: whole(100, 120_000).default(10_000),
  confirmations: whole(0, 256).default(0),
  reorgMarginBlocks: whole(8, 8_192).default(128),
  backfillRangeBlocks: whole(1, 10_000).default(2_000),
  readyBehindBlocks: whole(0, 1_000).default(3),
  postBands: z.boolean().default(true),
  postRankDelayBlocks: whole(0, 1_000).default(2),
  postRankDelayMs: whole(0, 600_000).default(5_000),
  postRetryBlocks: whole(1, 1_000).default(10),
  apiKeysRequired: z.boolean().optional(),
  rateLimitPerKey: whole(0, 100_000).optional(),
  rateLimitPerPayer: whole(0, 100_000).optional(),
  rateLimitPerAddress: whole(0, 100_000).optional(),
  stakeLimits: stakeTiers.default(USUAL_STAKE_TIERS),
  publicUrl: httpUrl.optional(),
  proxyHops: whole(0, 10).default(0),
  corsOrigins: z
    .array(z.url({ protocol: /^https?$/, error: "must be an origin such as https://app.example" }))
    .default([]),
  keeperJobs: z.array(z.enum(["reclaim", "ruling", "capture", "tighten", "exit"])).default(["tighten"]),
  keeperServes: z.array(address).max(1_000).default([]),
  keeperKeyFile: z.string().min(1).optional(),
  keeperPasswordFile: z.string().min(1).optional(),
  keeperPrivateKeyFile: z.string().min(1).optional(),
  keeperSignerAddress: address.optional(),
  keeperMaxFeePerGasWei: wei.default("300000000000"),
  keeperMaxTransactionWei: wei.default("50000000000000000"),
  keeperMaxDayWei: wei.default("1000000000000000000"),
  keeperMostInFlight: whole(1, 64).default(8),
  maxEventStreams: whole(0, 100_000).default(100),
  eventsHeartbeatMs: whole(100, 600_000).default(15_000),
  slowReaderMs: whole(100, 600_000).default(10_000),
  eventsKept: whole(100, 100_000_000).default(1_000_000),
  webhookAttempts: whole(1, 30).default(10),
  webhookRetryMs: whole(10, 3_600_000).default(5_000),
  webhookTimeoutMs: whole(100, 60_000).default(5_000),
  webhookPrivateTargets: z.boolean().default(false),
  reviewKeyFile: z.string().min(1).optional(),
  reviewPasswordFile: z.string().min(1).optional(),
  reviewPrivateKeyFile: z.string().min(1).optional(),
  structuringThreshold: whole(0, 2 ** 48 - 1).default(0),
  rapidMovementFloor: whole(0, 2 ** 48 - 1).default(0),
  maxConnections: whole(1, 100_000).default(1_000),
  requestTimeoutMs: whole(100, 120_000).default(10_000),
  shutdownTimeoutMs: whole(100, 120_000).default(10_000),
  otlpUrl: httpUrl.optional(),
  otlpSampleShare: z.number().min(0).max(1).default(1),
  logLevel: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
};

export type SettingName = keyof typeof SETTING_SHAPE;

/** One note a setting; a setting without a note does not compile. */
export const SETTING_NOTES: Readonly<Record<SettingName, SettingNote>> = {
  rpcUrl: note({
    type: "text",
    bounds: "http or https URL",
    secret: true,
    description: "JSON-RPC endpoint of the chain. Often carries an API key, so logs show its host only.",
  }),
  rpcUrls: note({
    type: "list",
    bounds: "≤ 7 http or https URLs",
    secret: true,
    description: "Further endpoints of the same chain, asked where the first fails, lags or gives doubtful answers.",
  }),
  rpcAgreement: count(
    "1–8",
    "Endpoints that must name the same hash and the same logs before a block counts. 1: the best one is believed.",
  ),
  chainId: count("≥ 1", "Chain id the endpoint must serve. Default: the deployment file's."),
  deployment: file("Deployment file with gate, escrow and first block, instead of the three settings below."),
  gate: note({ type: "text", bounds: "address", description: "Risk gate, where there is no deployment file." }),
  escrow: note({ type: "text", bounds: "address", description: "Payment escrow, where there is no deployment file." }),
  listRegistry: note({
    type: "text",
    bounds: "address",
    description: "List registry, where there is one and no deployment file. All nodes of an epoch must name the same.",
  }),
  channels: contract("Payment channels"),
  attesters: contract("Attesters' registry"),
  stake: contract("Stake"),
  governor: contract("Governor"),
  policyRegistry: contract("Policy registry"),
  rebatePool: contract("Rebate pool"),
  referralCodes: contract("Referral codes"),
  deployedBlock: count("≥ 0", "Block to read from: not after the gate's and the escrow's creation."),
  dataDir: file("The node's own directory: chain.sqlite can be deleted and is read again, guard.sqlite never."),
  databaseUrl: note({
    type: "text",
    bounds: "postgres:// URL",
    secret: true,
    description:
      "PostgreSQL database that holds the node's state instead of the files in dataDir; `DATABASE_URL` is read, too. " +
      "All replicas of one node name the same, no two nodes do.",
  }),
  databasePoolSize: count("1–200", "Connections each to the chain's and the service's schema; the guard has two."),
  databaseConnectTimeoutMs: count("100–60,000", "Longest wait for a connection to PostgreSQL, in milliseconds."),
  databaseStatementTimeoutMs: count("100–600,000", "Longest that PostgreSQL may work on a statement, in milliseconds."),
  databaseLockTimeoutMs: count("100–600,000", "Longest that a statement waits for a lock, in milliseconds."),
  durability: note({
    type: "text",
    bounds: "power or process",
    description:
      "What the record of a signature survives before it is answered: `power` waits for the disk, `process` outlives the " +
      "node's process only.",
  }),
  historySnapshotEvents: count(
    "0–10⁹",
    "Events after which the folded history is written to `dataDir/history` anew, so that a restart folds only what came later; " +
      "in a long history not before it has grown by a quarter, and at a stop in order. 0: never.",
  ),
  modelsDir: file("Directory of models, one folder each with a model.json. Default: oracle/models.", "directory"),
  shadowModel: file(
    "Folder of a model that judges every payment beside the one in force and decides nothing.",
    "directory",
  ),
  host: note({ type: "text", bounds: "host or address", description: "Address the HTTP API listens on." }),
  port: count("0–65,535", "Port of the HTTP API; 0 takes a free one."),
  keyFile: file("Encrypted keystore of the signing key (`oracle keys new` makes one). Needs passwordFile.", "secret"),
  passwordFile: file("File with the keystore's password, readable by its owner only.", "secret"),
  privateKeyFile: file("Signing key as plain hex, readable by its owner only. For local chains.", "secret"),
  signerUrl: note({
    type: "text",
    bounds: "http or https URL",
    secret: true,
    description: "Remote signer that holds keys for this node, instead of files. See docs/runbooks/key-rotation.md.",
  }),
  signerAddress: note({ type: "text", bounds: "address", description: "The signing key's address at the signer." }),
  signerTokenFile: file("File with the remote signer's bearer token, readable by its owner only.", "secret"),
  signerCertFile: file("Client certificate for the remote signer, PEM.", "file"),
  signerCertKeyFile: file("Private key of that certificate, PEM, readable by its owner only.", "secret"),
  signerCaFile: file(
    "Authority that signed the remote signer's certificate, PEM, where the system does not know it.",
    "file",
  ),
  signerTimeoutMs: count("10–60,000", "Longest wait for the remote signer, in milliseconds."),
  nextKeyFile: file(
    "Keystore of the next signing key: signs for epochs that list it and not the current one.",
    "secret",
  ),
  nextPasswordFile: file("File with that keystore's password, readable by its owner only.", "secret"),
  nextPrivateKeyFile: file("The next signing key as plain hex. For local chains.", "secret"),
  nextSignerAddress: note({
    type: "text",
    bounds: "address",
    description: "The next signing key's address at the remote signer.",
  }),
  peers: note({
    type: "list",
    bounds: "≤ 15 of {url, signer}",
    description: "The other nodes of the epoch: where they answer and with which address they sign.",
  }),
  peersOnly: note({
    type: "boolean",
    bounds: "true or false",
    description:
      "Whether the paths for other nodes answer only what a peer or a signer of an epoch has signed. Default: true where peers are named.",
  }),
  peerClockSeconds: count("10–3,600", "How far the time in a peer's request may lie from this node's, in seconds."),
  peerTimeoutMs: count("10–30,000", "Longest wait for a peer's answer, in milliseconds."),
  pollIntervalMs: count("10–60,000", "Milliseconds between looks at the chain's head."),
  rpcTimeoutMs: count("100–120,000", "Longest wait for the RPC endpoint, in milliseconds."),
  confirmations: count("0–256", "Blocks the node stays behind the head. 0: fastest, reorganisations are followed."),
  reorgMarginBlocks: count(
    "8–8,192",
    "This near to the head blocks are read one by one and by hash, before it in ranges.",
  ),
  backfillRangeBlocks: count("1–10,000", "Blocks a range of logs spans when the node is far behind."),
  readyBehindBlocks: count("0–1,000", "The node is ready while it is at most so many blocks behind."),
  postBands: note({
    type: "boolean",
    bounds: "true or false",
    description: "Whether the node posts bands other than Allow, and answers requests for screening, on chain.",
  }),
  postRankDelayBlocks: count("0–1,000", "The node of rank r for a payment posts r times so many blocks later."),
  postRankDelayMs: count("0–600,000", "The same in milliseconds, for a chain that stands still; the earlier counts."),
  postRetryBlocks: count("1–1,000", "A posted band that is not on chain after so many blocks is sent again."),
  apiKeysRequired: note({
    type: "boolean",
    bounds: "true or false",
    description:
      "Whether reads and attestations need an API key, too. Default: not on the local chain 31337, else yes.",
  }),
  rateLimitPerKey: count(
    "0–100,000",
    "Requests a second of one API key, twice as many at once; 0: no limit. Default: 100.",
  ),
  rateLimitPerPayer: count(
    "0–100,000",
    "Attestations a second about payments of one payer; 0: no limit. Default: 20. Limits have no default on chain 31337.",
  ),
  rateLimitPerAddress: count("0–100,000", "Requests a second of one address without a key; 0: no limit. Default: 20."),
  stakeLimits: note({
    type: "list",
    bounds: "≤ 10 of [whole SLUICE, factor 2–1,000], both rising",
    description:
      "From so much stake on, a key that is tied to the staking account may ask so many times as often. Needs the stake's address.",
  }),
  publicUrl: note({
    type: "text",
    bounds: "http or https URL",
    description:
      "URL under which clients reach the node: what an account signs to tie a key to its stake. Default: http://host:port.",
  }),
  proxyHops: count(
    "0–10",
    "Reverse proxies before the node whose X-Forwarded-For is believed. 0: the address that connects.",
  ),
  corsOrigins: note({
    type: "list",
    bounds: "origins",
    description:
      "Origins whose pages may call the API from a browser, such as https://app.example. None: no browser may.",
  }),
  keeperJobs: note({
    type: "list",
    bounds: "of reclaim, ruling, capture, tighten, exit",
    description: "What the node does on chain beside posting bands. See docs/runbooks/posting.md.",
  }),
  keeperServes: note({
    type: "list",
    bounds: "≤ 1,000 addresses",
    description:
      "Operators, payees and payers whose orders, settlements and vouchers the keeper carries at its own cost.",
  }),
  keeperKeyFile: file("Keystore of the key that pays for transactions. Default: the signing key.", "secret"),
  keeperPasswordFile: file("File with that keystore's password, readable by its owner only.", "secret"),
  keeperPrivateKeyFile: file("The key that pays for transactions as plain hex. For local chains.", "secret"),
  keeperSignerAddress: note({
    type: "text",
    bounds: "address",
    description: "Address of the key that pays for transactions at the remote signer.",
  }),
  keeperMaxFeePerGasWei: note({
    type: "text",
    bounds: "decimal wei",
    description: "Highest fee per gas the keeper offers. Above it nothing is sent.",
  }),
  keeperMaxTransactionWei: note({
    type: "text",
    bounds: "decimal wei",
    description: "Most that one transaction of the keeper may cost.",
  }),
  keeperMaxDayWei: note({
    type: "text",
    bounds: "decimal wei",
    description: "Most that the keeper may spend a day of the chain's clock, what is in flight included.",
  }),
  keeperMostInFlight: count("1–64", "Transactions of the keeper that may wait for a block at once."),
  maxEventStreams: count("0–100,000", "Streams of server-sent events at once."),
  eventsHeartbeatMs: count("100–600,000", "Milliseconds between signs of life in a stream where nothing happens."),
  slowReaderMs: count("100–600,000", "A stream whose reader takes nothing for so many milliseconds is cut."),
  eventsKept: count(
    "100–100,000,000",
    "Events kept for streams and webhooks; who was away for longer reads the pages.",
  ),
  webhookAttempts: count("1–30", "Tries before a delivery to a webhook is dead."),
  webhookRetryMs: count(
    "10–3,600,000",
    "Pause before the second try, in milliseconds; doubled each time, up to an hour.",
  ),
  webhookTimeoutMs: count("100–60,000", "Longest wait for a webhook's receiver, in milliseconds."),
  webhookPrivateTargets: note({
    type: "boolean",
    bounds: "true or false",
    description: "Whether webhooks may go to private addresses and plain http. For tests on one machine only.",
  }),
  reviewKeyFile: file("Keystore of the reviewer's key: the terms' arbiter, or a reviewer the gate names.", "secret"),
  reviewPasswordFile: file("File with that keystore's password, readable by its owner only.", "secret"),
  reviewPrivateKeyFile: file("The reviewer's key as plain hex. For local chains.", "secret"),
  structuringThreshold: count(
    "0–2^48 − 1 micro-units",
    "Three payments in a day from 80 % of it to just below it are a reason to look. 0: no such rule.",
  ),
  rapidMovementFloor: count(
    "0–2^48 − 1 micro-units",
    "Who receives at least this in six hours and pays 80 % of it on is a reason to look. 0: no such rule.",
  ),
  maxConnections: count("1–100,000", "Open connections the API keeps; further ones are refused."),
  requestTimeoutMs: count("100–120,000", "Time a client has to send a whole request, in milliseconds."),
  shutdownTimeoutMs: count("100–120,000", "Time running requests have to finish after SIGTERM, in milliseconds."),
  otlpUrl: note({
    type: "text",
    bounds: "http or https URL",
    secret: true,
    description: "Where traces go, as OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces. Absent: none are made.",
  }),
  otlpSampleShare: count("0–1", "Share of traces that are made, of those that do not continue somebody else's."),
  logLevel: note({ type: "text", bounds: "trace … silent", description: "Lowest level that is logged." }),
};

/** Name of the environment variable that overrides a setting, as SLUICE_RPC_URL does rpcUrl. */
export function environmentName(name: string): string {
  return `SLUICE_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Variables with the same beginning that no node reads: what tests, benches and examples take. */
const OTHER_VARIABLES = /^SLUICE_(FUZZ|TEST|REQUIRE|BENCH|CLI)_|^SLUICE_(HANDBOOK|VECTORS|RPC|NODES)$/;

/** Whether a variable looks like a setting of a node, so that a misspelt one can be told. */
export function looksLikeSetting(variable: string): boolean {
  return variable.startsWith("SLUICE_") && !OTHER_VARIABLES.test(variable);
}
