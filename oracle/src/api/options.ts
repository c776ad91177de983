import type { RuleSettings } from "../compliance/rules.ts";
import type { AccessOptions } from "./access.ts";
import { urlOf } from "./nodeUrl.ts";
import type { EventRouteOptions } from "./routes/events.ts";

/** The chain that runs on a developer's machine. */
const LOCAL_CHAIN = 31_337;
const DEFAULTS = { apiKeysRequired: true, rateLimitPerKey: 100, rateLimitPerPayer: 20, rateLimitPerAddress: 20 };
const LOCAL_DEFAULTS = { apiKeysRequired: false, rateLimitPerKey: 0, rateLimitPerPayer: 0, rateLimitPerAddress: 0 };

type Given = { readonly [Name in keyof AccessOptions]?: AccessOptions[Name] | undefined };

interface ApiSettings extends Given, RuleSettings {
  readonly chainId: number;
  readonly corsOrigins: readonly string[];
  readonly proxyHops: number;
  readonly host: string;
  readonly publicUrl?: string | undefined;
  readonly maxEventStreams: number;
  readonly eventsHeartbeatMs: number;
  readonly slowReaderMs: number;
}

/** How the API is reached, from the settings: open on the local chain, closed elsewhere, unless they say otherwise. */
export function apiOptions(settings: ApiSettings): {
  access: AccessOptions;
  events: EventRouteOptions;
  corsOrigins: readonly string[];
  proxyHops: number;
  publicUrl: (port: number) => string;
  rules: RuleSettings;
} {
  const defaults = settings.chainId === LOCAL_CHAIN ? LOCAL_DEFAULTS : DEFAULTS;
  const access = {
    apiKeysRequired: settings.apiKeysRequired ?? defaults.apiKeysRequired,
    rateLimitPerKey: settings.rateLimitPerKey ?? defaults.rateLimitPerKey,
    rateLimitPerPayer: settings.rateLimitPerPayer ?? defaults.rateLimitPerPayer,
    rateLimitPerAddress: settings.rateLimitPerAddress ?? defaults.rateLimitPerAddress,
  };
  const { maxEventStreams, eventsHeartbeatMs: heartbeatMs, slowReaderMs } = settings;
  const events = { maxEventStreams, heartbeatMs, slowReaderMs };
  const { structuringThreshold, rapidMovementFloor, corsOrigins, proxyHops } = settings;
  const publicUrl = (port: number): string => settings.publicUrl?.replace(/\/+$/, "") ?? urlOf(settings.host, port);
  return { access, events, corsOrigins, proxyHops, publicUrl, rules: { structuringThreshold, rapidMovementFloor } };
}
