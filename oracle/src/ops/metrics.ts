import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

export interface MetricRow {
  readonly type: "counter" | "gauge" | "histogram";
  /** Name as it is scraped. */
  readonly name: string;
  /** What a value counts. */
  readonly unit: string;
  readonly labels: readonly string[];
  readonly help: string;
  /** Upper bounds of a histogram's buckets, in its unit. */
  readonly buckets?: readonly number[];
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const SHORT_SECONDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/** Every metric of a node. The registry, docs/reference/metrics.md and the checks of dashboard and alerts are made from it. */
export const METRICS = {
  blocksBehind: {
    type: "gauge",
    name: "sluice_blocks_behind",
    unit: "blocks",
    labels: [],
    help: "Blocks between the chain's head and the newest block read.",
  },
  head: {
    type: "gauge",
    name: "sluice_block_read",
    unit: "block number",
    labels: [],
    help: "Number of the newest block read.",
  },
  leading: {
    type: "gauge",
    name: "sluice_leading",
    unit: "0 or 1",
    labels: [],
    help: "1 where this process reads the chain for its node, 0 where it follows another process's store.",
  },
  historyLoadSeconds: {
    type: "gauge",
    name: "sluice_history_load_seconds",
    unit: "seconds",
    labels: [],
    help: "Time it took to read the history's snapshot at the start; 0 where there was none to read.",
  },
  historyUnsaved: {
    type: "gauge",
    name: "sluice_history_unsaved_events",
    unit: "events",
    labels: [],
    help: "Events of history younger than its newest snapshot: what a restart folds.",
  },
  paymentsWaiting: {
    type: "gauge",
    name: "sluice_payments_waiting",
    unit: "payments",
    labels: [],
    help: "Payments that wait to be examined or posted.",
  },
  reorganisations: {
    type: "counter",
    name: "sluice_reorganisations_total",
    unit: "times",
    labels: [],
    help: "Times the node went back to a fork point.",
  },
  rpcFailures: {
    type: "counter",
    name: "sluice_rpc_failures_total",
    unit: "looks",
    labels: [],
    help: "Looks at the chain that failed.",
  },
  endpointTroubles: {
    type: "counter",
    name: "sluice_rpc_endpoint_troubles_total",
    unit: "answers",
    labels: ["endpoint", "trouble"],
    help: "Answers of an RPC endpoint that failed, differed from the others, or came from another chain; endpoint 0 is rpcUrl.",
  },
  signed: {
    type: "counter",
    name: "sluice_attestations_signed_total",
    unit: "attestations",
    labels: [],
    help: "Attestations this node has signed.",
  },
  refused: {
    type: "counter",
    name: "sluice_attestations_refused_total",
    unit: "attestations",
    labels: ["code"],
    help: "Attestations this node has refused, by reason.",
  },
  guardConflicts: {
    type: "counter",
    name: "sluice_guard_conflicts_total",
    unit: "attestations",
    labels: [],
    help: "Times the guard kept the node from signing a second set of facts. Anything above zero wants somebody.",
  },
  webhookDeliveries: {
    type: "counter",
    name: "sluice_webhook_deliveries_total",
    unit: "tries",
    labels: ["outcome"],
    help: "Tries to deliver an event to a webhook: delivered, failed (tried again later) or dead.",
  },
  decided: {
    type: "counter",
    name: "sluice_decisions_total",
    unit: "payments",
    labels: ["band"],
    help: "Payments this node has examined, by band (1 Allow, 2 Hold, 3 Block).",
  },
  bandShare: {
    type: "gauge",
    name: "sluice_band_share",
    unit: "share of 1",
    labels: ["band"],
    help: "Share of each band among the payments examined last, at most 4,096 of them.",
  },
  factDrift: {
    type: "gauge",
    name: "sluice_fact_drift",
    unit: "population stability index",
    labels: ["fact"],
    help: "Shift of a fact's recent values against its reference: below 0.1 calm, above 0.25 moved.",
  },
  labelled: {
    type: "gauge",
    name: "sluice_labelled_payments",
    unit: "payments",
    labels: ["label", "band"],
    help: "Payments with a label on chain (fraud, or ruled for the payee), by the band this node had found before.",
  },
  shadowed: {
    type: "counter",
    name: "sluice_shadow_decisions_total",
    unit: "payments",
    labels: ["current", "shadow"],
    help: "Payments the shadow model has judged, by the band of the model in force and its own.",
  },
  posted: {
    type: "counter",
    name: "sluice_bands_posted_total",
    unit: "bands",
    labels: ["band"],
    help: "Bands this node has sent to the chain, by band.",
  },
  postFailures: {
    type: "counter",
    name: "sluice_post_failures_total",
    unit: "attempts",
    labels: ["code"],
    help: "Failed attempts to examine or post, by reason.",
  },
  keeperTransactions: {
    type: "counter",
    name: "sluice_keeper_transactions_total",
    unit: "transactions",
    labels: ["job", "state"],
    help: "Transactions of the keeper: sent, replaced or cancelled, and how they ended.",
  },
  keeperStopped: {
    type: "counter",
    name: "sluice_keeper_stopped_total",
    unit: "times",
    labels: ["cap"],
    help: "Times a cap or the balance forbade the keeper a transaction. Anything but zero wants somebody.",
  },
  keeperInFlight: {
    type: "gauge",
    name: "sluice_keeper_in_flight",
    unit: "transactions",
    labels: [],
    help: "Transactions of the keeper that are in no block yet.",
  },
  keeperWait: {
    type: "gauge",
    name: "sluice_keeper_oldest_wait_blocks",
    unit: "blocks",
    labels: [],
    help: "Blocks since the oldest transaction in flight was sent last.",
  },
  keeperSpent: {
    type: "gauge",
    name: "sluice_keeper_spent_today_ether",
    unit: "native coins of 10^18",
    labels: [],
    help: "What the keeper has spent or promised on this day of the chain's clock.",
  },
  keyBalance: {
    type: "gauge",
    name: "sluice_key_balance_ether",
    unit: "native coins of 10^18",
    labels: ["key"],
    help: "What the address of a key of this node holds to pay for gas.",
  },
  peerAnswers: {
    type: "counter",
    name: "sluice_peer_answers_total",
    unit: "answers",
    labels: ["signer", "outcome", "code"],
    help: "Answers of other nodes: signed, late (the quorum was there already), differed (other facts) or failed.",
  },
  peerSeconds: {
    type: "histogram",
    name: "sluice_peer_seconds",
    unit: "seconds",
    labels: ["signer"],
    help: "Time in which other nodes have answered validly.",
  },
  peerDifferedFacts: {
    type: "counter",
    name: "sluice_peer_differed_facts_total",
    unit: "facts",
    labels: ["signer", "fact"],
    help: "Facts that another node has signed otherwise than this one.",
  },
  peerContradictions: {
    type: "counter",
    name: "sluice_peer_contradictions_total",
    unit: "subjects",
    labels: ["signer"],
    help: "Subjects another node has signed two different facts for: `oracle proofs` makes the proof.",
  },
  databaseSeconds: {
    type: "histogram",
    name: "sluice_database_seconds",
    unit: "seconds",
    labels: ["database"],
    help: "Time of a statement, by database.",
    buckets: SHORT_SECONDS,
  },
  requests: {
    type: "histogram",
    name: "sluice_request_seconds",
    unit: "seconds",
    labels: ["route", "status"],
    help: "Time to answer a request.",
    buckets: SECONDS,
  },
} as const satisfies Readonly<Record<string, MetricRow>>;

type Table = typeof METRICS;
type LabelOf<Row extends MetricRow> = Row["labels"][number];
type MetricOf<Row extends MetricRow> = Row["type"] extends "counter"
  ? Counter<LabelOf<Row>>
  : Row["type"] extends "gauge"
    ? Gauge<LabelOf<Row>>
    : Histogram<LabelOf<Row>>;

/** Every metric of a node, in a registry of its own. */
export type Metrics = { readonly [Name in keyof Table]: MetricOf<Table[Name]> } & { readonly registry: Registry };

function create(row: MetricRow, registry: Registry): Counter | Gauge | Histogram {
  const { name, help } = row;
  const options = { name, help, labelNames: [...row.labels], registers: [registry] };
  if (row.type === "counter") return new Counter(options);
  if (row.type === "gauge") return new Gauge(options);
  return new Histogram({ ...options, buckets: [...(row.buckets ?? SECONDS)] });
}

/** @param processMetrics Adds memory, CPU and event loop of the process; off in tests, where several nodes share one. */
export function createMetrics(processMetrics: boolean): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const rows: [string, MetricRow][] = Object.entries(METRICS);
  const made = Object.fromEntries(rows.map(([key, row]) => [key, create(row, registry)]));
  // Each row makes the kind of metric that its type says; the loop forgets which.
  return { ...made, registry } as Metrics;
}
