/** A folder of definitions is what is in force: applied whole or not at all, and what leaves it goes, unless something still needs it. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definitionSchema } from '@opsloop/contracts';
import { createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { createSystemClock } from '@opsloop/runtime';
import { createTempDir } from '@opsloop/testing';
import { applyDefinitionFiles, type AppliedFiles } from './apply-files.js';
import { createDefinitionStore } from './definition-store.js';

const clock = createSystemClock();
const documents = createEmbeddedDocuments({ dataDir: createTempDir('definitions-').path, clock });
const store = createDefinitionStore({ documents, clock });
let folder: string;

const receiver = { kind: 'Receiver', metadata: { name: 'ops' }, spec: { channel: 'mail', to: ['ops@example.org'] } };
const playbook = { kind: 'Playbook', metadata: { name: 'restart' }, spec: { steps: [{ id: 'a', uses: 'local', run: ['true'] }] } };
const scenario = { kind: 'Scenario', metadata: { name: 'heal' }, spec: { levels: { critical: [{ do: 'work-order', playbook: 'restart' }] }, onNotVerified: { receivers: ['ops'] } } };
const policy = (more: object = {}) => ({ kind: 'Policy', metadata: { name: 'cpu' }, spec: { metric: 'cpu.utilisation', threshold: { critical: '> 90' }, ...more } });

function write(name: string, definition: object): void {
  writeFileSync(join(folder, name), JSON.stringify({ apiVersion: 'opsloop/v1', ...definition }));
}

const apply = (): Promise<AppliedFiles> => applyDefinitionFiles(store, tenant, folder, 10_000);
let tenant: string;
let count = 0;

async function inForce(): Promise<string[]> {
  return (await store.all(tenant)).filter(({ deleted }) => !deleted).map(({ kind, name, managedBy }) => `${kind} ${name} by ${managedBy}`).toSorted();
}

beforeAll(() => documents.start());
afterAll(() => documents.stop(2_000));
beforeEach(() => {
  folder = createTempDir('definition-files-').path;
  tenant = `tenant-${(count += 1)}`;
});

it('applies what is there, again without a new version, and removes what is gone', async () => {
  write('a.json', receiver);
  write('b.json', policy({ receivers: ['ops'] }));
  writeFileSync(join(folder, 'notes.txt'), 'not a definition');
  expect(await apply()).toEqual({ applied: 2, removed: 0, stillUsed: [] });
  expect(await apply()).toEqual({ applied: 2, removed: 0, stillUsed: [] });
  expect((await store.all(tenant)).map(({ versions }) => versions.length)).toEqual([1, 1]);
  rmSync(join(folder, 'b.json'));
  rmSync(join(folder, 'a.json'));
  expect(await apply()).toEqual({ applied: 0, removed: 2, stillUsed: [] });
  expect(await inForce()).toEqual([]);
});

it('refuses files that name what has left the folder: an alarm would tell nobody', async () => {
  write('a.json', receiver);
  write('b.json', policy({ receivers: ['ops'] }));
  await apply();
  rmSync(join(folder, 'a.json'));
  await expect(apply()).rejects.toThrow(/^OPSLOOP_POLICY_DIR: b\.json.*spec\.receivers\.0.*no receiver named ops/);
  expect(await inForce()).toEqual(['Policy cpu by file', 'Receiver ops by file']);
});

it('keeps what a definition of the API still names, and what that names itself, until nothing does', async () => {
  write('a.json', receiver);
  write('b.json', playbook);
  write('c.json', scenario);
  await apply();
  const definition = definitionSchema.parse({ apiVersion: 'opsloop/v1', ...policy({ scenarios: ['heal'] }) });
  await store.apply(tenant, { definition, source: '', author: 'ann', managedBy: 'api' });
  for (const name of ['a.json', 'b.json', 'c.json']) rmSync(join(folder, name));
  const { removed, stillUsed } = await apply();
  expect(removed).toBe(0);
  expect(stillUsed.toSorted()).toEqual([
    'Playbook restart is in no file any more, but Scenario heal names it: it stays until a start at which nothing does',
    'Receiver ops is in no file any more, but Scenario heal names it: it stays until a start at which nothing does',
    'Scenario heal is in no file any more, but Policy cpu names it: it stays until a start at which nothing does',
  ]);
  await store.remove(tenant, 'Policy', 'cpu', { author: 'ann', managedBy: 'api', force: false });
  expect(await apply()).toEqual({ applied: 0, removed: 3, stillUsed: [] });
});

it('applies nothing where one file is wrong, or the folder is not there', async () => {
  write('a.json', receiver);
  write('b.json', policy({ threshold: { critical: 'high' } }));
  await expect(apply()).rejects.toThrow(/^OPSLOOP_POLICY_DIR: b\.json.*threshold\.critical/);
  expect(await inForce()).toEqual([]);
  rmSync(folder, { recursive: true });
  await expect(apply()).rejects.toThrow(/cannot be read \(ENOENT\): create it, or unset the setting/);
});

it('two processes that start on the same folder remove what is gone once, and neither fails', async () => {
  write('a.json', receiver);
  await apply();
  rmSync(join(folder, 'a.json'));
  await Promise.all([apply(), apply(), apply()]);
  expect(await inForce()).toEqual([]);
});
