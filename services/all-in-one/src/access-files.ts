/** The tokens that an installation needs from its first minute, kept in files that only its owner can read. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecret, defaultTenant, type TokenAuthority } from '@opsloop/runtime';

export interface AccessFiles {
  /** For the host agent of this process alone; another one at each start. */
  readonly hostAgentToken: string;
  /** Where the token for agents is written. */
  readonly ingestTokenPath: string;
}

export interface AccessFilesDeps {
  readonly authority: TokenAuthority;
  readonly dataDir: string;
  readonly adminToken: string | undefined;
  readonly ingestToken: string | undefined;
}

const everything = ['ingest', 'read', 'operate', 'approve', 'admin'] as const;

/** `cli.json` (address and token for the command line on this machine) is completed by `announceCli` once the address is known. */
export async function prepareAccess({ authority, dataDir, adminToken, ingestToken }: AccessFilesDeps): Promise<AccessFiles> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const tenant = defaultTenant;
  const createdBy = 'opsloop';
  if (adminToken !== undefined) await authority.ensure({ tenant, name: 'admin', scopes: everything, createdBy, secret: adminToken });
  const ingestTokenPath = join(dataDir, 'ingest-token');
  await authority.ensure({ tenant, name: 'agents', scopes: ['ingest'], createdBy, secret: ingestToken ?? (await keptSecret(ingestTokenPath)) });
  if (ingestToken !== undefined) await writeSecret(ingestTokenPath, `${ingestToken}\n`);
  const hostAgentToken = createSecret();
  await authority.ensure({ tenant, name: 'host-agent', scopes: ['ingest'], createdBy, secret: hostAgentToken });
  return { hostAgentToken, ingestTokenPath };
}

/** Writes where the command line on this machine finds the server, with a token of its own. */
export async function announceCli(authority: TokenAuthority, dataDir: string, url: string): Promise<void> {
  const path = join(dataDir, 'cli.json');
  const known = await readFile(path, 'utf8').then((text) => JSON.parse(text) as { token?: string }, () => ({ token: undefined }));
  const token = known.token ?? createSecret();
  await authority.ensure({ tenant: defaultTenant, name: 'cli', scopes: everything, createdBy: 'opsloop', secret: token });
  await writeSecret(path, `${JSON.stringify({ url, token })}\n`);
}

async function keptSecret(path: string): Promise<string> {
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept.trim() !== '') return kept.trim();
  const secret = createSecret();
  await writeSecret(path, `${secret}\n`);
  return secret;
}

async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
}
