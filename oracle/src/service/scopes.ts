/** What an API key may do. */
export const SCOPES = ["attest", "read", "review", "admin"] as const;
export type Scope = (typeof SCOPES)[number];
