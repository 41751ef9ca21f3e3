/** What docker-compose.yml says of services, settings, secrets, ports and volumes fits the code and itself. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createTempDir } from '@opsloop/testing';
import { loneServices, readYaml, root, serviceOf, settingProblems } from './deploy-files.js';

interface ComposeService {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly tmpfs?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, { readonly file?: string }>>;
}

const compose = readYaml<ComposeFile>('docker-compose.yml');
const all = Object.entries(compose.services);
const ours = all.filter(([, { image }]) => image.startsWith('opsloop:'));
/** What a container listens on, by the images' own defaults and ours. */
const listening: Readonly<Record<string, readonly number[]>> = { kafka: [9092, 9093], influxdb: [8086], mongodb: [27017], mailpit: [1025, 8025], api: [8080], collector: [8080] };
/** `${NAME:-default}` as it is when nothing is set. */
const byDefault = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');

test('every service that runs alone is there, once, under its own name', () => {
  expect(ours.map(([name]) => name).toSorted()).toEqual(loneServices.toSorted());
  for (const [name, { command }] of ours) expect(serviceOf(command!)).toBe(name);
});

test('every OPSLOOP_ variable is a setting, and its value is one that a service takes', () => {
  for (const [name, { environment }] of ours) {
    const values = Object.fromEntries(Object.entries(environment!).map(([key, value]) => [key, byDefault(value)]));
    expect({ name, problems: settingProblems(values) }).toEqual({ name, problems: [] });
  }
});

test('secrets are files that the script makes, and every file that is named is mounted', () => {
  const dir = createTempDir();
  mkdirSync(join(dir.path, 'deploy/compose'), { recursive: true });
  copyFileSync(join(root, 'deploy/compose/make-secrets.sh'), join(dir.path, 'deploy/compose/make-secrets.sh'));
  const make = (): string => execFileSync('sh', ['deploy/compose/make-secrets.sh'], { cwd: dir.path, encoding: 'utf8' });
  expect(make()).toContain('sign in with the text of admin_token');
  const made = readdirSync(join(dir.path, 'secrets'));
  const texts = made.map((name) => readFileSync(join(dir.path, 'secrets', name), 'utf8'));
  make();
  expect(made.map((name) => readFileSync(join(dir.path, 'secrets', name), 'utf8'))).toEqual(texts);
  expect(statSync(join(dir.path, 'secrets')).mode & 0o777).toBe(0o700);
  expect(new Set(texts).size).toBe(texts.length);
  for (const [at, name] of made.entries()) if (name.endsWith('_token')) expect(settingProblems({ [`OPSLOOP_${name.toUpperCase()}`]: texts[at]! })).toEqual([]);
  expect(settingProblems({ OPSLOOP_MONGODB_URL: texts[made.indexOf('mongodb_url')]! })).toEqual([]);
  expect(texts[made.indexOf('mongodb_url')]).toContain(texts[made.indexOf('mongodb_password')]!);
  dir.remove();

  // Compose puts a secret of another kind into a read-only container by no means.
  expect(compose.secrets).toEqual(Object.fromEntries(made.map((name) => [name, { file: `./secrets/${name}` }])));
  for (const [, { environment = {}, secrets = [] }] of all) {
    const files = Object.entries(environment).filter(([key]) => key.endsWith('_FILE')).map(([, path]) => path);
    expect([...new Set(files)].toSorted()).toEqual(secrets.map((name) => `/run/secrets/${name}`).toSorted());
    expect(secrets.filter((name) => !(name in compose.secrets))).toEqual([]);
  }
});

test('who waits for health waits for somebody who tells it, and services wait for the migration', () => {
  for (const [name, { depends_on: before = {} }] of all) {
    for (const [other, { condition }] of Object.entries(before)) {
      const { healthcheck, image } = compose.services[other]!;
      if (condition === 'service_healthy') expect({ name, other, tells: healthcheck?.disable !== true && (healthcheck?.test !== undefined || image.startsWith('opsloop:')) }).toEqual({ name, other, tells: true });
      else expect([other, condition]).toEqual(['migrate', 'service_completed_successfully']);
    }
  }
  const withEngines = ours.filter(([name]) => !['migrate', 'host-agent'].includes(name));
  for (const [, { depends_on: before }] of withEngines) expect(Object.keys(before!).toSorted()).toEqual(['influxdb', 'kafka', 'migrate', 'mongodb']);
});

test('addresses name a service and a port that it listens on; no port of the host is taken twice', () => {
  const addresses = ours.flatMap(([, { environment }]) => Object.entries(environment!).filter(([key]) => /(_URL|_BROKERS)$/.test(key) && key !== 'OPSLOOP_PUBLIC_URL').map(([, value]) => byDefault(value)));
  for (const address of addresses) {
    const [host = '', port] = address.replace(/^\w+:\/\//, '').split(':');
    expect(listening[host]).toContain(Number(port));
  }
  const published = all.flatMap(([name, { ports = [] }]) => ports.map((one) => ({ name, parts: byDefault(one).split(':') })));
  for (const { name, parts: [address, , port] } of published) {
    expect(address).toBe('127.0.0.1');
    expect(listening[name]).toContain(Number(port));
  }
  const taken = published.map(({ parts }) => parts[1]);
  expect(new Set(taken).size).toBe(taken.length);
});

test('every engine keeps its data in a volume, and every volume is declared and used', () => {
  const used = all.flatMap(([, { volumes = [] }]) => volumes.map((one) => one.split(':')[0]!));
  expect(used.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  for (const engine of ['kafka', 'influxdb', 'mongodb', 'mailpit']) expect(compose.services[engine]!.volumes).not.toHaveLength(0);
});

test('no service of ours can write to its image or has a right that it does not need', () => {
  for (const [, service] of ours) expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'], tmpfs: ['/tmp', '/data:uid=1000,gid=1000'] });
});
