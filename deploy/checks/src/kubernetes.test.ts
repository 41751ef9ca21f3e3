/** What the manifests say of services, settings and secrets fits the code and itself; what Kubernetes says of them is an engine suite. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { topics } from '@opsloop/contracts';
import { parseAllDocuments } from 'yaml';
import { loneServices, readYaml, root, serviceOf, settingProblems } from './deploy-files.js';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly command: readonly string[]; readonly env?: readonly { readonly name: string; readonly value?: string }[] }[] } };
    readonly selector: unknown;
    readonly scaleTargetRef: { readonly kind: string; readonly name: string };
    readonly maxReplicas: number;
  };
}

const folder = 'deploy/kubernetes/base';
const { resources } = readYaml<{ readonly resources: readonly string[] }>(`${folder}/kustomization.yaml`);
const manifests = resources.flatMap((file) => parseAllDocuments(readFileSync(join(root, folder, file), 'utf8'), { merge: true }).map((one) => one.toJS() as Manifest));
const ofKind = (...kinds: readonly string[]): Manifest[] => manifests.filter(({ kind }) => kinds.includes(kind));
const settings = Object.fromEntries(readFileSync(join(root, folder, 'settings.env'), 'utf8').trim().split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));

test('every service that runs alone has a workload of its name', () => {
  const workloads = ofKind('Deployment', 'DaemonSet', 'Job');
  expect(workloads.map(({ metadata }) => metadata.name).toSorted()).toEqual(loneServices.toSorted());
  for (const { metadata, spec } of workloads) expect(serviceOf(spec.template.spec.containers[0]!.command)).toBe(metadata.name);
});

test('every OPSLOOP_ variable is a setting with a value that a service takes', () => {
  expect(settingProblems(settings)).toEqual([]);
  const variables = ofKind('Deployment', 'DaemonSet', 'Job').flatMap(({ spec }) => spec.template.spec.containers[0]!.env ?? []);
  expect(settingProblems(Object.fromEntries(variables.map(({ name, value = 'a-name' }) => [name, value])))).toEqual([]);
});

test('every deployment has its disruption budget and its autoscaler, which never asks for more processes than have partitions', () => {
  const names = ofKind('Deployment').map(({ metadata }) => metadata.name);
  expect(ofKind('PodDisruptionBudget').map(({ metadata }) => metadata.name)).toEqual(names);
  expect(ofKind('HorizontalPodAutoscaler').map(({ spec }) => spec.scaleTargetRef)).toMatchObject(names.map((name) => ({ kind: 'Deployment', name })));
  const most = Object.fromEntries(ofKind('HorizontalPodAutoscaler').map(({ metadata, spec }) => [metadata.name, spec.maxReplicas]));
  expect(most['aggregator']).toBeLessThanOrEqual(topics.raw.partitions);
  expect(most['trigger']).toBeLessThanOrEqual(topics.window.partitions);
  expect(most['action']).toBeLessThanOrEqual(topics.alarms.partitions);
});

test('the secret of the handbook has every file that a setting names', () => {
  const handbook = readFileSync(join(root, 'docs/operating.md'), 'utf8');
  const files = Object.entries(settings).filter(([name]) => name.endsWith('_FILE')).map(([, path]) => path.replace('/run/secrets/opsloop/', ''));
  expect(files).toHaveLength(5);
  for (const file of files) expect(handbook).toContain(`--from-literal=${file}=`);
});
