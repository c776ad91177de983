import type { AttestService } from "../attest/service.ts";
import type { ChainState } from "../chain/state.ts";
import type { PeerGate } from "../attest/peerGate.ts";
import type { OracleError } from "../errors.ts";
import type { Desk } from "../keeper/desk.ts";
import type { QuantisedModel } from "../model/network.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { Affiliates } from "../rebates/affiliates.ts";
import type { ChainStore } from "../store/chainStore.ts";
import type { DecisionStore } from "../store/decisionStore.ts";
import type { ServiceReads } from "../store/serviceReads.ts";
import type { ServiceParts } from "../service/parts.ts";
import type { RuleSettings } from "../compliance/rules.ts";
import type { AccessOptions } from "./access.ts";
import type { EventRouteOptions } from "./routes/events.ts";
import type { QuorumReport } from "../ops/quorumReport.ts";
import type { ServedSite } from "./requests.ts";

/** What is there once the node has found its chain. */
export interface Running {
  readonly service: AttestService;
  readonly store: ChainStore;
  readonly decisions: DecisionStore;
  readonly state: ChainState;
  readonly models: ReadonlyMap<string, QuantisedModel>;
  readonly reads: ServiceReads;
  /** What affiliates earn, from the rebates built here. */
  readonly affiliates: Pick<Affiliates, "view" | "csv">;
  /** Takes papers in for the keeper. */
  readonly desk: Desk;
  /** How signers have answered between two blocks. */
  readonly quorumReport: (from: number, to: number) => Promise<QuorumReport>;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not, in a few words. */
  readonly reason: string;
  readonly blocksBehind: number | undefined;
  /** Whether this process reads the chain itself, or follows the process that does. */
  readonly role?: "leader" | "follower";
}

/** What the routes work with. */
export interface AppDeps {
  readonly site: ServedSite;
  readonly metrics: Metrics;
  readonly parts: ServiceParts;
  /** What is a reason to look at a payment, beside its score. */
  readonly rules: RuleSettings;
  readonly access: AccessOptions;
  readonly events: EventRouteOptions;
  /** URL by which the node goes, told the port it listens on. */
  readonly publicUrl: (port: number) => string;
  /** Origins whose pages may call. */
  readonly corsOrigins: readonly string[];
  /** Proxies whose word for the client's address is taken. */
  readonly proxyHops: number;
  /** Throws OracleError NOT_READY until the node has started. */
  readonly running: () => Running;
  readonly readiness: () => Readiness;
  /** Which requests of other nodes are answered. */
  readonly peers: PeerGate;
  /** Told about every error that is answered. */
  readonly onError: (error: OracleError, path: string) => void;
}
