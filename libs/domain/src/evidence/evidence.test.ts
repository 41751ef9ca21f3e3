import { alarmSchema, type Alarm, type LogChangeRecord } from '@opsloop/contracts';
import { buildAlarmEvent, buildResource } from '@opsloop/testing';
import { applyTransition } from '../alarm-record/apply-transition.js';
import { addEvidence } from './add-evidence.js';
import { movedTogether } from './moved-together.js';
import { neighbourhoodOf } from './neighbourhood-of.js';
import { rankTemplates, templateEvidence } from './rank-changes.js';
import { suggestPlaybooks } from './suggest-playbooks.js';

const t0 = 1_700_000_000_000;
const minute = 60_000;

function alarm(host = 'web-1', { sinceMs = t0, attributes = {}, labels = {} }: { sinceMs?: number; attributes?: Record<string, string>; labels?: Record<string, string> } = {}): Alarm {
  const event = buildAlarmEvent('alarm.opened', { occurrence: `default/on-${host}`, resource: buildResource({ uid: host }), resourceName: host, attributes: { host, ...attributes }, labels, pendingSinceMs: sinceMs, atMs: sinceMs + 2 * minute });
  return applyTransition(undefined, event, t0).alarm;
}

function change(parts: Partial<LogChangeRecord> & { host?: string } = {}): LogChangeRecord {
  const { host = 'web-1', ...rest } = parts;
  const resource = buildResource({ uid: host });
  return { id: 'default/c', tenant: 'default', resource, resourceId: resource.id, resourceName: host, service: 'shop', kind: 'appeared', template: 'kernel panic', lines: 1, expected: 0, atMs: t0, ...rest };
}

const scoreOf = (parts: Parameters<typeof change>[0], about = alarm()): number | undefined => templateEvidence(about, change(parts))?.score;

describe('templates that changed around an alarm', () => {
  it('are those from ten minutes before its condition began to two minutes after it opened', () => {
    const times = [-10 * minute - 1, -10 * minute, 0, 4 * minute, 4 * minute + 1];
    expect(times.map((afterMs) => scoreOf({ atMs: t0 + afterMs }) !== undefined)).toEqual([false, true, true, true, false]);
  });

  it('are those of the resource and of its neighbours, which count half', () => {
    const about = alarm('web-1', { attributes: { ns_id: 'prod', infra_id: 'shop' } });
    const near = { host: 'db-1', neighbourhood: 'ns_id=prod infra_id=shop' };
    expect(scoreOf(near, about)).toBe(scoreOf({}, about)! / 2);
    expect(scoreOf({ host: 'db-1' }, about)).toBeUndefined();
    expect(scoreOf({ ...near, neighbourhood: 'ns_id=test infra_id=shop' }, about)).toBeUndefined();
    expect(scoreOf({ host: 'db-1' })).toBeUndefined();
  });

  it('come in the order of what they have to say', () => {
    const parts: Partial<LogChangeRecord>[] = [
      { template: 'new, an error, at the beginning', level: 'ERROR' },
      { template: 'new, a warning', level: 'warn' },
      { template: 'ten times as often', kind: 'surged', lines: 100, expected: 10, level: 'err', atMs: t0 + minute },
      { template: 'three times as often', kind: 'surged', lines: 30, expected: 10, level: 'err', atMs: t0 + minute },
      { template: 'new, an error, eight minutes before', level: 'error', atMs: t0 - 8 * minute },
      { template: 'three times as often, for information', kind: 'surged', lines: 30, expected: 10, level: 'info', atMs: t0 - 8 * minute },
    ];
    const found = parts.map((one) => templateEvidence(alarm(), change(one))!);
    expect(rankTemplates(found.toReversed()).map((one) => one.template)).toEqual(parts.map((one) => one.template));
  });

  it('are each told once, ten of them', () => {
    const about = alarm();
    const found = Array.from({ length: 40 }, (_, i) => templateEvidence(about, change({ template: `t${i % 20}`, atMs: t0 + i * 1_000 }))!);
    expect(rankTemplates(found).map((one) => one.template)).toEqual(Array.from({ length: 10 }, (_, i) => `t${i}`));
  });

  it('are added to the alarm once, and everybody who reads it is told', () => {
    const templates = [templateEvidence(alarm(), change())!];
    const once = addEvidence(alarm(), { templates }, t0)!;
    expect(alarmSchema.parse(once).evidence?.templates).toEqual(templates);
    expect(once.pendingEvents.at(-1)?.event).toMatchObject({ type: 'alarm.recorded', data: { what: 'alarm.evidence' } });
    expect(addEvidence(once, { templates }, t0)).toBeUndefined();
    expect(addEvidence(alarm(), { templates: [], moved: [], playbooks: [] }, t0)).toBeUndefined();
  });
});

describe('resources that moved together', () => {
  it('are those whose alarms began within ten minutes of one another, the first one first', () => {
    const others = [alarm('lb', { sinceMs: t0 - minute }), alarm('db', { sinceMs: t0 - 8 * minute }), alarm('disk', { sinceMs: t0 - 15 * minute }), alarm('old', { sinceMs: t0 - 40 * minute }), alarm('late', { sinceMs: t0 + 11 * minute })];
    expect(movedTogether(alarm(), others).map((one) => [one.resourceName, (one.onsetMs - t0) / minute])).toEqual([['disk', -15], ['db', -8], ['lb', -1]]);
    expect(movedTogether(alarm(), [])).toEqual([]);
  });

  it('are at most twenty, neighbours before strangers', () => {
    const cluster = { cluster: 'k1' };
    const strangers = Array.from({ length: 30 }, (_, i) => alarm(`s${i}`, { sinceMs: t0 - minute + i }));
    const near = alarm('near', { sinceMs: t0, attributes: cluster });
    const moved = movedTogether(alarm('web-1', { attributes: cluster }), [...strangers, near]);
    expect(moved).toHaveLength(20);
    expect(moved.at(-1)).toMatchObject({ resourceName: 'near', near: true, alarm: 'default/on-near' });
  });
});

describe('playbooks', () => {
  const playbooks = [
    { name: 'mw.nginx.restart', title: 'Restart Nginx', for: { class: 'MW', software: 'nginx' } },
    { name: 'db.mysql.check', title: undefined, for: { class: 'DB', software: 'MySQL' } },
    { name: 'os.reboot', title: undefined, for: { class: 'OS' } },
  ];
  const suggest = (about: Alarm, service: string, planned: readonly { scenario: string; playbook: string }[] = []) =>
    suggestPlaybooks({ alarm: about, templates: service === '' ? [] : [templateEvidence(alarm(), change({ service }))!], planned, playbooks });

  it('are what the scenarios run, and what fits the software that the alarm and its log are about', () => {
    expect(suggest(alarm(), 'shop/nginx-1.service')).toEqual([{ name: 'mw.nginx.restart', title: 'Restart Nginx', because: 'software', of: 'nginx' }]);
    expect(suggest(alarm('a', { labels: { service: 'mysql' } }), 'nginx', [{ scenario: 'heal', playbook: 'os.reboot' }, { scenario: 'heal', playbook: 'gone' }]).map((one) => [one.name, one.because, one.of])).toEqual([['os.reboot', 'scenario', 'heal'], ['db.mysql.check', 'software', 'MySQL'], ['mw.nginx.restart', 'software', 'nginx']]);
    expect(suggest(alarm(), 'shop')).toEqual([]);
  });
});

it('a neighbourhood is what a resource is a part of', () => {
  expect([{ infra_id: 'a', ns_id: 'n', cluster: 'c' }, { infra_id: 'a' }, { cluster: 'c', infra_id: '' }, { host: 'a' }].map((one) => neighbourhoodOf(one as unknown as Record<string, string>))).toEqual(['ns_id=n infra_id=a', 'infra_id=a', 'cluster=c', undefined]);
});
