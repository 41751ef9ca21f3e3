import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliError, type CliHost } from '../cli-host.js';

export interface ServerAddress {
  readonly url: string;
  readonly token: string;
}

/** OPSLOOP_URL and OPSLOOP_TOKEN; what is not set, or empty, comes from `cli.json`, which a server on this machine writes into its data folder. */
export async function findServer({ environment, workingDir }: CliHost): Promise<ServerAddress> {
  const { OPSLOOP_URL: url, OPSLOOP_TOKEN: token } = environment;
  if (url && token) return { url: checked(url), token };
  const path = resolve(workingDir, environment['OPSLOOP_DATA_DIR'] || './data', 'cli.json');
  const found = await readCliFile(path);
  if (!found) {
    const missing = [url ? undefined : 'OPSLOOP_URL', token ? undefined : 'OPSLOOP_TOKEN'].filter((name) => name !== undefined);
    throw new CliError(`no server was found: set ${missing.join(' and ')}, or start one here (npm start); it would have written ${path}`);
  }
  // The token of this machine must not travel to another one.
  if (url && new URL(checked(url)).origin !== new URL(found.url).origin && !token) throw new CliError(`OPSLOOP_URL is ${url}, the token in ${path} is for ${found.url}: set OPSLOOP_TOKEN as well`);
  return { url: checked(url || found.url), token: token || found.token };
}

async function readCliFile(path: string): Promise<ServerAddress | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new CliError(`${path} cannot be read (${code ?? String(error)}): only the user that runs the server may read it`);
  }
  try {
    const { url, token } = JSON.parse(text) as Partial<ServerAddress>;
    if (typeof url === 'string' && typeof token === 'string') return { url, token };
  } catch {
    // Told below.
  }
  throw new CliError(`${path} does not hold url and token: restart the server, which writes it anew`);
}

function checked(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new CliError(`OPSLOOP_URL is ${url}: write it like http://127.0.0.1:8080`);
  return url.replace(/\/+$/, '');
}
