import type { Server } from "node:http";
import { join } from "node:path";

import { createApp, type Readiness } from "./app.ts";
import type { Keyring } from "./attest/keyring.ts";
import { loadKeyring, loadReviewer } from "./attest/nodeKeys.ts";
import { peerGateOf } from "./attest/peerGate.ts";
import type { Signer } from "./attest/signer.ts";
import { escrowInterface, gateInterface } from "./chain/decode.ts";
import { checkCurrentModel, genesisOf, untilAvailable } from "./chain/connect.ts";
import type { NodeSettings } from "./config.ts";
import { asOracleError, OracleError } from "./errors.ts";
import { censored, createLog, type Logger } from "./ops/log.ts";
import { createMetrics } from "./ops/metrics.ts";
import { endpointsOf } from "./ops/follow.ts";
import { endpointTrouble, logError } from "./ops/observe.ts";
import { secretsOf } from "./ops/redact.ts";
import { closeServer, createHttpServer, listen, type ServerOptions } from "./ops/server.ts";
import { Shadow } from "./ops/shadow.ts";
import { startTracing } from "./ops/tracing.ts";
import { urlOf } from "./api/nodeUrl.ts";
import { apiOptions } from "./api/options.ts";
import type { EventHooks } from "./service/events.ts";
import { serviceParts, type ServiceParts } from "./service/parts.ts";
import { Worker, type WorkerDeps } from "./ops/worker.ts";
import { readModel, readModels } from "./store/models.ts";
import { GuardCopy } from "./store/guardCopy.ts";
import { needsFence } from "./store/guardFence.ts";
import { bindSigners } from "./store/guardMeta.ts";
import { openStores } from "./store/open.ts";
import { bind, type Binding, type Stores } from "./store/stores.ts";

/** A running node. */
export interface Node {
  readonly url: string;
  /** Address the node signs with. */
  readonly signer: string;
  /** Resolves once the node has read the chain and answers; rejects with the reason why it never will. */
  readonly started: Promise<void>;
  readonly readiness: () => Readiness;
  /** Looks at the chain's head now, and answers once it is read. */
  readonly catchUp: () => Promise<void>;
  /** Stops accepting, finishes what runs, and closes the stores. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  /** Memory, CPU and event loop of the process among the metrics; off where several nodes share one. */
  readonly processMetrics?: boolean;
  /** True for a process that keeps and signs no attestations: it asks the nodes of `peers` for them. */
  readonly keeperOnly?: boolean;
  /** The keys the node signs with; those the settings name, when absent. */
  readonly keys?: Keyring;
}

function notStarted(): OracleError {
  return new OracleError("NOT_READY", "the node has not found its chain yet");
}

function bindingOf({ chainId, gate, escrow, listRegistry }: NodeSettings, genesisHash: string): Binding {
  const lists = listRegistry?.toLowerCase() ?? "none";
  return { chainId, genesisHash, gate: gate.toLowerCase(), escrow: escrow.toLowerCase(), lists };
}

/** Ties the guard to the node's keys, and looks whether it is the one that was last used here. */
async function claimGuard({ settings, stores, keys, log }: WorkerDeps): Promise<GuardCopy> {
  await bindSigners(stores.guard, keys.addresses);
  const { dataDir } = settings;
  const copy = new GuardCopy(stores.guard, { dataDir, clock: () => performance.now() });
  await copy.claim();
  if (copy.block === Number.POSITIVE_INFINITY) logError(log, needsFence(), { part: "guard" });
  return copy;
}

/** Finds the chain, checks that directory and models fit it, and reads it up to the head. */
async function boot(deps: WorkerDeps, onWorker: (worker: Worker) => void): Promise<void> {
  const { settings, stores, rpc, models, log, abort } = deps;
  const available = <T>(task: () => Promise<T>): Promise<T> =>
    untilAvailable(task, abort, (error) => log.warn(error.message));
  const binding = bindingOf(settings, await available(() => genesisOf(rpc, settings.chainId)));
  await bind(stores, binding);
  await available(() => checkCurrentModel(rpc, settings, models));
  const guardCopy = await claimGuard(deps);
  const worker = new Worker({ ...deps, guardCopy, binding });
  onWorker(worker);
  await available(() => worker.start());
  log.info({ block: worker.blockRead }, "started");
}

function shadowOf({ shadowModel }: NodeSettings): { shadow: Shadow } | undefined {
  return shadowModel === undefined ? undefined : { shadow: new Shadow(readModel(join(shadowModel, "model.json"))) };
}

/** The node's log; its first line says with which settings it starts. */
function logOf(settings: NodeSettings, signer: string): Logger {
  const log = createLog({ level: settings.logLevel, bindings: { signer }, secrets: secretsOf(settings) });
  log.info({ settings: censored(settings) }, "starting");
  return log;
}

/** Traces, where the settings want them; answers what ends them. */
async function tracingOf(settings: NodeSettings, signer: string): Promise<() => Promise<void>> {
  const { otlpUrl, otlpSampleShare, chainId } = settings;
  if (otlpUrl === undefined) return () => Promise.resolve();
  return startTracing({ otlpUrl, sampleShare: otlpSampleShare, signer, chainId });
}

function readinessOf(worker: Worker | undefined, draining: boolean): Readiness {
  if (draining) return { ready: false, reason: "shutting down", blocksBehind: worker?.blocksBehind };
  return worker?.readiness() ?? { ready: false, reason: "starting", blocksBehind: undefined };
}

type PartsDeps = Pick<WorkerDeps, "stores" | "rpc" | "metrics" | "log"> & { readonly reviewer: Signer | undefined };

function partsOf(settings: NodeSettings, { stores, rpc, reviewer, metrics, log }: PartsDeps): ServiceParts {
  const hooks: EventHooks = {
    clock: Date.now,
    onOutcome: (outcome) => metrics.webhookDeliveries.inc({ outcome }),
    onError: (error) => logError(log, asOracleError(error), { part: "events" }),
  };
  const desk = { rpc, reviewer, site: settings, gate: gateInterface, escrow: escrowInterface };
  return serviceParts(stores, settings, hooks, desk);
}

/**
 * Starts a node. The API listens at once and says that it is not ready until the chain is read.
 *
 * @throws OracleError where settings, key, models or data directory cannot be used.
 */
export async function startNode(settings: NodeSettings, options: NodeOptions = {}): Promise<Node> {
  const keys = options.keys ?? (await loadKeyring(settings));
  const reviewer = await loadReviewer(settings);
  const models = readModels(settings.modelsDir);
  const shadow = shadowOf(settings);
  const log = logOf(settings, keys.address);
  const metrics = createMetrics(options.processMetrics ?? true);
  const endTracing = await tracingOf(settings, keys.address);
  const stores = await openStores(settings);
  const abort = new AbortController();
  const rpc = endpointsOf(settings, abort.signal, endpointTrouble(metrics, log));
  const parts = partsOf(settings, { stores, rpc, reviewer, metrics, log });
  let worker: Worker | undefined;
  let draining = false;

  const readiness = (): Readiness => readinessOf(worker, draining);
  const app = createApp({
    site: settings,
    metrics,
    ...apiOptions(settings),
    parts,
    running: () => {
      if (worker?.started !== true) throw notStarted();
      return worker;
    },
    readiness,
    peers: peerGateOf(settings, keys, (address) => worker?.isSigner(address) === true),
    onError: (error, path) => logError(log, error, { path }),
  });
  const server = createHttpServer(app, settings);
  const port = await listenOrClose(server, settings, stores, log);

  const made = { settings, stores, rpc, models, ...shadow, keys, metrics, log, abort: abort.signal };
  const deps = { ...made, changed: parts.events.changed, keeperOnly: options.keeperOnly ?? false };
  const started = boot(deps, (booted) => (worker = booted));
  // Whoever starts the node may look at `started` later than it fails.
  started.catch(() => undefined);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    draining = true;
    parts.events.drain();
    await closeServer(server, settings.shutdownTimeoutMs);
    abort.abort();
    await started.catch(() => undefined);
    await worker?.stop();
    await parts.events.stop();
    await keys.close();
    await stores.close();
    await endTracing();
    log.info("stopped");
  };
  return {
    url: urlOf(settings.host, port),
    signer: keys.address,
    started,
    readiness,
    catchUp: async () => {
      if (worker === undefined) throw notStarted();
      await worker.catchUp();
    },
    stop: () => (stopping ??= stop()),
  };
}

async function listenOrClose(server: Server, options: ServerOptions, stores: Stores, log: Logger): Promise<number> {
  try {
    const port = await listen(server, options);
    log.info({ host: options.host, port }, "listening");
    return port;
  } catch (error) {
    await stores.close();
    throw new OracleError(
      "SETTINGS_INVALID",
      `host, port: cannot listen on ${options.host}:${options.port}`,
      undefined,
      error,
    );
  }
}
