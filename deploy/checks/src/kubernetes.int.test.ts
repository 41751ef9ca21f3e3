/** The manifests, rendered by kustomize and judged as an API server judges what is created: see deploy/native/go/check-manifests. */
import { execFile } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installGoProgram } from '@opsloop/native';
import { createTempDir } from '@opsloop/testing';
import { root } from './deploy-files.js';

const run = promisify(execFile);
const program = await installGoProgram('check-manifests', process.env);
const sometimes = 'path' in program ? describe : describe.skip;

sometimes('reason' in program ? `Kubernetes manifests (skipped: ${program.reason})` : 'Kubernetes manifests', () => {
  const dir = createTempDir();
  afterAll(() => dir.remove());

  async function judge(folder: string): Promise<string> {
    if (!('path' in program)) throw new Error('skipped');
    return (await run(program.path, [folder]).catch((error: { readonly stdout: string }) => error)).stdout;
  }

  test('they are accepted, without a warning, and every pod keeps to the restricted standard', async () => {
    expect(await judge(join(root, 'deploy/kubernetes/base'))).toMatch(/^\d+ objects, 0 offences\n$/);
  });

  test.each([
    ['a field that does not exist', 'collector.yaml', 'minReplicas: 2', 'minReplica: 2', /HorizontalPodAutoscaler collector: .*unknown field "spec.minReplica"/],
    ['a label that the selector does not find', 'aggregator.yaml', 'selector: { matchLabels: *labels }', 'selector: { matchLabels: { app: other } }', /Deployment aggregator: .*`selector` does not match template `labels`/],
    ['a port without its name', 'patches/probes.yaml', 'containerPort: 8080', 'containerPort: 80800', /must be between 1 and 65535/],
    ['a container that may be root', 'patches/container.yaml', 'runAsNonRoot: true', 'runAsNonRoot: false', /not restricted: .*runAsNonRoot/],
    ['capabilities', 'patches/container.yaml', 'drop: [ALL]', 'add: [NET_ADMIN]', /not restricted: .*NET_ADMIN/],
    ['an unknown resource', 'kustomization.yaml', '  - api.yaml', '  - apy.yaml', /kustomization: .*apy\.yaml/],
  ])('%s is told', async (name, file, good, bad, told) => {
    const copy = join(dir.path, name.replaceAll(' ', '-'));
    cpSync(join(root, 'deploy/kubernetes/base'), copy, { recursive: true });
    const text = readFileSync(join(copy, file), 'utf8');
    expect(text).toContain(good);
    writeFileSync(join(copy, file), text.replace(good, bad));
    expect(await judge(copy)).toMatch(told);
  });
});
