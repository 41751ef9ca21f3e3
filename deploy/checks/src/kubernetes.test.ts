/** What the manifests say of services, settings and secrets fits the code and itself; what Kubernetes says of them is an engine suite. */
import { readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
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
    readonly egress: readonly { readonly to: readonly { readonly ipBlock: { readonly cidr: string; readonly except: readonly string[] } }[] }[];
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

test('steps of playbooks reach no metadata service of a cloud, over neither protocol', () => {
  const [rule] = ofKind('NetworkPolicy').find(({ metadata }) => metadata.name === 'steps')!.spec.egress;
  const kept = new BlockList();
  for (const network of rule!.to.flatMap(({ ipBlock }) => ipBlock.except)) {
    const [address, prefix] = network.split('/');
    kept.addSubnet(address!, Number(prefix), address!.includes(':') ? 'ipv6' : 'ipv4');
  }
  const services = ['169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192', 'fe80::a9fe:a9fe', 'fd00:ec2::254', 'fd20:ce::254', '64:ff9b::a9fe:a9fe', '64:ff9b::6464:64c8', '64:ff9b::a83f:8110'];
  expect(services.filter((address) => !kept.check(address, address.includes(':') ? 'ipv6' : 'ipv4'))).toEqual([]);
});
