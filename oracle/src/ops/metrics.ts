import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";

const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Every metric of a node, in a registry of its own. */
export interface Metrics {
  readonly registry: Registry;
  readonly blocksBehind: Gauge;
  readonly head: Gauge;
  readonly paymentsWaiting: Gauge;
  readonly reorganisations: Counter;
  readonly rpcFailures: Counter;
  readonly signed: Counter;
  readonly refused: Counter<"code">;
  readonly decided: Counter<"band">;
  readonly shadowed: Counter<"current" | "shadow">;
  readonly posted: Counter<"band">;
  readonly postFailures: Counter<"code">;
  readonly peerAnswers: Counter<"signer" | "outcome" | "code">;
  readonly requests: Histogram<"route" | "status">;
}

/** @param processMetrics Adds memory, CPU and event loop of the process; off in tests, where several nodes share one. */
export function createMetrics(processMetrics: boolean): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers });
  return {
    registry,
    blocksBehind: gauge("sluice_blocks_behind", "Blocks between the chain's head and the newest block read."),
    head: gauge("sluice_block_read", "Number of the newest block read."),
    paymentsWaiting: gauge("sluice_payments_waiting", "Payments that wait to be examined or posted."),
    reorganisations: counter("sluice_reorganisations_total", "Times the node went back to a fork point."),
    rpcFailures: counter("sluice_rpc_failures_total", "Looks at the chain that failed."),
    signed: counter("sluice_attestations_signed_total", "Attestations this node has signed."),
    refused: counter("sluice_attestations_refused_total", "Attestations this node has refused, by reason.", "code"),
    decided: counter("sluice_decisions_total", "Payments this node has examined, by band.", "band"),
    shadowed: counter(
      "sluice_shadow_decisions_total",
      "Payments the shadow model has judged, by the band of the model in force and its own.",
      "current",
      "shadow",
    ),
    posted: counter("sluice_bands_posted_total", "Bands this node has sent to the chain, by band.", "band"),
    postFailures: counter("sluice_post_failures_total", "Failed attempts to examine or post, by reason.", "code"),
    peerAnswers: counter("sluice_peer_answers_total", "Answers of other nodes.", "signer", "outcome", "code"),
    requests: new Histogram({
      name: "sluice_request_seconds",
      help: "Time to answer a request.",
      labelNames: ["route", "status"],
      buckets: REQUEST_SECONDS,
      registers,
    }),
  };
}
