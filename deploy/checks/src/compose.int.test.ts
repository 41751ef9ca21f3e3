/** Compose's own parser reads docker-compose.yml: `docker compose config` where Docker is, else the library it is made of. */
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installGoProgram } from '@opsloop/native';
import { createTempDir } from '@opsloop/testing';
import { loneServices, root } from './deploy-files.js';

const run = promisify(execFile);
const hasDocker = await run('docker', ['compose', 'version']).then(() => true, () => false);
const library = hasDocker ? { path: 'docker' } : await installGoProgram('compose-config', process.env);
const sometimes = 'path' in library ? describe : describe.skip;
const title = 'reason' in library ? `compose file (skipped: ${library.reason})` : `compose file, read by ${hasDocker ? '`docker compose config`' : 'the library of docker compose'}`;

interface Project {
  readonly services: Readonly<Record<string, { readonly environment?: Readonly<Record<string, string>>; readonly ports?: readonly { readonly published: string; readonly host_ip: string }[] }>>;
}

sometimes(title, () => {
  const dir = createTempDir();
  const file = join(dir.path, 'docker-compose.yml');
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
  afterAll(() => dir.remove());

  async function config(environment: Readonly<Record<string, string>> = {}): Promise<Project> {
    if (!('path' in library)) throw new Error('skipped');
    const call = hasDocker ? ['compose', '--file', file, 'config', '--format', 'json'] : [file];
    const { stdout } = await run(library.path, call, { env: { ...process.env, ...environment }, cwd: dir.path, maxBuffer: 1 << 24 });
    return JSON.parse(stdout) as Project;
  }

  test('it is accepted as it is, with every service', async () => {
    copyFileSync(join(root, 'docker-compose.yml'), file);
    const { services } = await config();
    expect(Object.keys(services).toSorted()).toEqual([...loneServices, 'kafka', 'influxdb', 'mongodb', 'mailpit'].toSorted());
    expect(services['aggregator']!.environment).toMatchObject({ OPSLOOP_BUS: 'kafka', OPSLOOP_KAFKA_BROKERS: 'kafka:9092', OPSLOOP_INFLUXDB_TOKEN_FILE: '/run/secrets/influxdb_token' });
  });

  test('settings of the shell move ports and addresses', async () => {
    const { services } = await config({ OPSLOOP_LISTEN: '0.0.0.0', OPSLOOP_API_PORT: '9000', OPSLOOP_SMTP_URL: 'smtps://mail.example.com' });
    expect(services['api']!.ports).toMatchObject([{ published: '9000', host_ip: '0.0.0.0' }]);
    expect(services['action']!.environment).toMatchObject({ OPSLOOP_SMTP_URL: 'smtps://mail.example.com' });
  });

  test.each([
    ['a key that does not exist', (good: string) => good.replace('  read_only: true', '  readonly: true'), /readonly/],
    ['a service that waits for nobody', (good: string) => good.replace('kafka: { condition: service_healthy }', 'kafka2: { condition: service_healthy }'), /kafka2/],
    ['a secret that is not declared', (good: string) => good.replace('  ingest_token: {', '  other_token: {'), /ingest_token/],
  ])('%s is refused', async (_what, broken, told) => {
    expect(broken(text)).not.toBe(text);
    writeFileSync(file, broken(text));
    await expect(config()).rejects.toThrow(told);
  });
});
