/** Tokens: hashed documents in, principals out. The secret is shown once and never stored. */
import { createHash, randomBytes } from 'node:crypto';
import { collections, type Principal, type Scope, type Token } from '@opsloop/contracts';
import type { Clock, Documents } from '@opsloop/ports';

export interface TokenRequest {
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdBy: string;
  readonly expiresAtMs?: number;
  /** A fixed secret from the settings; one is made when left out. */
  readonly secret?: string;
}

export interface TokenAuthority {
  /** Undefined: nobody has this secret, or it has expired. Answers are kept for some seconds: that long a deleted token may still work. */
  authenticate(secret: string): Promise<Principal | undefined>;
  create(request: TokenRequest): Promise<{ readonly secret: string } | 'exists'>;
  /** Makes sure that a token of that name exists with exactly that secret and those scopes. */
  ensure(request: TokenRequest & { readonly secret: string }): Promise<void>;
  remove(tenant: string, name: string): Promise<'removed' | 'unknown'>;
}

const keptMs = 10_000;
const keptMost = 10_000;
const longestSecret = 512;

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

export function createSecret(): string {
  return `ops_${randomBytes(32).toString('base64url')}`;
}

export function createTokenAuthority({ documents, clock }: { readonly documents: Documents; readonly clock: Clock }): TokenAuthority {
  const tokens = documents.collection<Token>(collections.tokens);
  const known = new Map<string, { readonly principal: Principal | undefined; readonly untilMs: number }>();

  async function lookUp(hash: string): Promise<Principal | undefined> {
    const { items } = await tokens.find({ hash }, { limit: 1 });
    const token = items[0]?.doc;
    if (!token || (token.expiresAtMs !== undefined && token.expiresAtMs <= clock.now())) return undefined;
    return { tenant: token.tenant, name: token.name, scopes: token.scopes };
  }

  function toDocument(request: TokenRequest, secret: string): Token {
    const { tenant, name, scopes, createdBy, expiresAtMs } = request;
    return { id: `${tenant}/${name}`, tenant, name, hash: hashSecret(secret), scopes: [...scopes], createdAtMs: clock.now(), createdBy, ...(expiresAtMs !== undefined && { expiresAtMs }) };
  }

  return {
    async authenticate(secret) {
      // Keyed by the secret itself: hashing each request would cost more than reading it.
      const kept = known.get(secret);
      if (kept && kept.untilMs > clock.monotonic()) return kept.principal;
      if (secret.length > longestSecret) return undefined;
      const principal = await lookUp(hashSecret(secret));
      if (known.size >= keptMost) known.clear();
      known.set(secret, { principal, untilMs: clock.monotonic() + keptMs });
      return principal;
    },
    async create(request) {
      const secret = request.secret ?? createSecret();
      const stored = await tokens.insert(toDocument(request, secret));
      known.delete(secret);
      return stored === 'exists' ? 'exists' : { secret };
    },
    async ensure(request) {
      const wanted = toDocument(request, request.secret);
      for (;;) {
        const present = await tokens.get(wanted.id);
        if (present?.doc.hash === wanted.hash && present.doc.scopes.join() === wanted.scopes.join()) return;
        const stored = present ? await tokens.replace(wanted, present.version) : await tokens.insert(wanted);
        if (stored === 'exists') {
          const { items } = await tokens.find({ hash: wanted.hash }, { limit: 1 });
          if (items[0] && items[0].doc.id !== wanted.id) throw new Error(`the secret of token ${wanted.name} is already that of token ${items[0].doc.name}: choose another`);
        }
        known.clear();
      }
    },
    async remove(tenant, name) {
      const present = await tokens.get(`${tenant}/${name}`);
      if (!present || (await tokens.remove(present.doc.id, present.version)) === 'conflict') return 'unknown';
      known.clear();
      return 'removed';
    },
  };
}

/** The tenant of an installation that has not been divided. */
export const defaultTenant = 'default';
