import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Kysely } from "kysely";

import { OracleError } from "../errors.ts";
import type { ApiKeyRow, ServiceTables } from "../store/serviceSchema.ts";
import { SCOPES, type Scope } from "./scopes.ts";

/** Who holds a key, and what he may do. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Whose stake raises its limit, lower-case; undefined where nobody has signed for it. */
  readonly account?: string | undefined;
}

/** A key as it may be shown. Times in milliseconds. */
export interface ListedKey extends ApiKey {
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

const PREFIX = "slk";

/** The part of a key that may be shown, and that an account signs for. */
export function publicId(id: string): string {
  return `${PREFIX}_${id}`;
}

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const SHAPE = /^slk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;
/** A key revoked by another process is refused after this long at the latest. */
const FRESH_MS = 2_000;
const MOST_CACHED = 10_000;
/** "Last used" is exact to a minute, so that requests do not write. */
const USE_EVERY_MS = 60_000;

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** A key with the account that stands behind it. */
type TiedRow = ApiKeyRow & { readonly account: string | null };

function listed(row: TiedRow): ListedKey {
  // Only what `create` was given is ever stored.
  const scopes = row.scopes.split(" ").filter((scope) => SCOPES.includes(scope as Scope)) as Scope[];
  const { id, name, created_at: createdAt, last_used_at: lastUsedAt, revoked_at: revokedAt } = row;
  return { id, name, scopes, account: row.account ?? undefined, createdAt, lastUsedAt, revokedAt };
}

/** Keys of the API: made once, shown once, and kept as a hash of their 256 random bits. */
export class ApiKeys {
  readonly #database: Kysely<ServiceTables>;
  readonly #clock: () => number;
  readonly #cache = new Map<string, { row: TiedRow | undefined; readAt: number }>();
  readonly #used = new Map<string, number>();

  /** @param clock Milliseconds since the Unix epoch. */
  constructor(database: Kysely<ServiceTables>, clock: () => number) {
    this.#database = database;
    this.#clock = clock;
  }

  /** @returns The key with its token, which nobody can show again. */
  async create(name: string, scopes: readonly Scope[]): Promise<ListedKey & { readonly token: string }> {
    const id = randomBytes(ID_BYTES).toString("hex");
    const token = `${PREFIX}_${id}_${randomBytes(SECRET_BYTES).toString("base64url")}`;
    const row: ApiKeyRow = {
      ...{ id, name, hash: digestOf(token).toString("hex"), scopes: scopes.join(" "), created_at: this.#clock() },
      ...{ last_used_at: null, revoked_at: null },
    };
    await this.#database.insertInto("api_keys").values(row).execute();
    return { ...listed({ ...row, account: null }), token };
  }

  async list(): Promise<ListedKey[]> {
    const rows = await this.#rows().orderBy("created_at").orderBy("id").execute();
    return rows.map(listed);
  }

  /** @throws OracleError API_KEY_INVALID where there is no such key, or it is revoked already. */
  async revoke(id: string): Promise<void> {
    const { numUpdatedRows } = await this.#database
      .updateTable("api_keys")
      .set({ revoked_at: this.#clock() })
      .where("id", "=", id)
      .where("revoked_at", "is", null)
      .executeTakeFirstOrThrow();
    this.#cache.delete(id);
    if (numUpdatedRows === 0n) throw new OracleError("API_KEY_INVALID", `there is no key ${id} in force`);
  }

  /**
   * Puts an account behind a key. A key has one account and an account one key: the account's last word counts.
   *
   * @param account Lower-case.
   * @param deadline Of the account's signature, in seconds: later than that of every one before, so each counts once.
   * @throws OracleError ACCOUNT_PROOF_INVALID where a signature with this deadline or a later one was used.
   */
  async tie(id: string, account: string, deadline: number): Promise<void> {
    await this.#database.transaction().execute(async (transaction) => {
      await transaction.updateTable("api_key_accounts").set({ key: null }).where("key", "=", id).execute();
      const { numInsertedOrUpdatedRows } = await transaction
        .insertInto("api_key_accounts")
        .values({ account, key: id, deadline })
        .onConflict((clash) =>
          clash.column("account").doUpdateSet({ key: id, deadline }).where("api_key_accounts.deadline", "<", deadline),
        )
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows !== 0n) return;
      const message = `deadline: ${account} has signed with this one or a later one before: sign anew with a later one`;
      throw new OracleError("ACCOUNT_PROOF_INVALID", message, { account, deadline });
    });
    // The account's former key has lost it.
    this.#cache.clear();
  }

  /**
   * Whose key it is.
   *
   * @throws OracleError API_KEY_INVALID; it does not say whether the key is unknown, wrong or revoked.
   */
  async authenticate(token: string): Promise<ApiKey> {
    const id = SHAPE.exec(token)?.[1];
    const row = id === undefined ? undefined : await this.#row(id);
    // Of an unknown key something is compared, too: the time tells nothing.
    const expected = Buffer.from(row?.hash ?? "00".repeat(SECRET_BYTES), "hex");
    const same = timingSafeEqual(digestOf(token), expected);
    if (row === undefined || !same || row.revoked_at !== null) {
      throw new OracleError("API_KEY_INVALID", "the API key is unknown or revoked");
    }
    await this.#touch(row);
    return listed(row);
  }

  #rows() {
    return this.#database
      .selectFrom("api_keys")
      .leftJoin("api_key_accounts", "api_key_accounts.key", "api_keys.id")
      .selectAll("api_keys")
      .select("api_key_accounts.account");
  }

  async #row(id: string): Promise<TiedRow | undefined> {
    const now = this.#clock();
    const cached = this.#cache.get(id);
    if (cached !== undefined && now - cached.readAt < FRESH_MS) return cached.row;
    const row = await this.#rows().where("id", "=", id).executeTakeFirst();
    if (this.#cache.size >= MOST_CACHED) this.#cache.clear();
    this.#cache.set(id, { row, readAt: now });
    return row;
  }

  async #touch({ id, last_used_at: stored }: ApiKeyRow): Promise<void> {
    const now = this.#clock();
    if (now - (this.#used.get(id) ?? stored ?? 0) < USE_EVERY_MS) return;
    this.#used.set(id, now);
    await this.#database.updateTable("api_keys").set({ last_used_at: now }).where("id", "=", id).execute();
  }
}
