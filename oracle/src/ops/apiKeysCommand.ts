import { OracleError } from "../errors.ts";
import { ApiKeys, type ListedKey } from "../service/apiKeys.ts";
import { Audit } from "../service/audit.ts";
import { SCOPES, type Scope } from "../service/scopes.ts";
import { openServiceOf, type StoreSettings } from "../store/open.ts";

const LONGEST_NAME = 100;

function scopesOf(text: string): Scope[] {
  const wanted = new Set(text.split(/[\s,]+/).filter((scope) => scope !== ""));
  const known = SCOPES.filter((scope) => wanted.has(scope));
  if (known.length === wanted.size && known.length > 0) return known;
  throw new OracleError("INVALID_REQUEST", `--scopes: some of ${SCOPES.join(",")}, separated by commas, got ${text}`);
}

function nameOf(text: string): string {
  if (text.length > 0 && text.length <= LONGEST_NAME) return text;
  throw new OracleError("INVALID_REQUEST", `--name: 1 to ${LONGEST_NAME} characters`);
}

function day(milliseconds: number | null): string {
  return milliseconds === null ? "never" : new Date(milliseconds).toISOString();
}

function line({ id, name, scopes, account, createdAt, lastUsedAt, revokedAt }: ListedKey): string {
  const state = revokedAt === null ? "in force" : `revoked ${day(revokedAt)}`;
  return [
    id,
    name,
    scopes.join(","),
    `made ${day(createdAt)}`,
    `used ${day(lastUsedAt)}`,
    state,
    ...(account === undefined ? [] : [`stake of ${account}`]),
  ].join("  ");
}

/**
 * Makes, lists and revokes API keys, beside a running node, too.
 *
 * @returns Text to print, undefined where there is no such verb.
 * @throws OracleError INVALID_REQUEST, API_KEY_INVALID or STORE_UNAVAILABLE.
 */
export async function apiKeysCommand(
  verb: string,
  option: (name: string) => string,
  settings: () => StoreSettings,
): Promise<string | undefined> {
  if (!["new", "list", "revoke"].includes(verb)) return undefined;
  const database = await openServiceOf(settings());
  const keys = new ApiKeys(database, Date.now);
  const audit = new Audit(database, Date.now);
  const record = (action: string, subject: string, body: Record<string, unknown>): Promise<void> =>
    audit.append({ actor: "cli", action, subject, body });
  try {
    if (verb === "list") return (await keys.list()).map(line).join("\n");
    if (verb === "revoke") {
      const id = option("id");
      await keys.revoke(id);
      await record("revokeApiKey", id, {});
      return `${id} is revoked; running nodes refuse it within seconds`;
    }
    const scopes = scopesOf(option("scopes"));
    const { id, name, token } = await keys.create(nameOf(option("name")), scopes);
    await record("newApiKey", id, { name, scopes });
    return token;
  } finally {
    await database.destroy();
  }
}
