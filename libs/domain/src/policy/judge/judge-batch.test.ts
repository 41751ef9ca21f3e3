import type { DefinitionRecord } from '@opsloop/contracts';
import { deleteDefinition, versionLeadMs } from '../../definition/apply-definition.js';
import { occurrenceOf } from '../../alarm/describe-transition.js';
import { idleMs, judge, load, minute } from './judge-fixture.js';
import { baseWindowMs, dictionaryOf, hostResource, storedPolicy } from './window-fixture.js';

describe('judgeBatch', () => {
  it('judges a policy window when the source has closed it, by its aggregate', () => {
    const loop = judge(['AVG', 'MIN', 'MAX', 'LAST'].map((aggregate) => storedPolicy(aggregate.toLowerCase(), { aggregate: aggregate as 'AVG', threshold: { warn: '> 50' } })));
    minute(loop, 0, [10, 10, 90, 90, 90]);
    // One value above is enough for MAX and LAST, and it is dated by the end of the window.
    expect(loop.log()).toEqual(['60 max opened warn a', '60 last opened warn a']);
    minute(loop, 50_000, [40]);
    expect(loop.log()).toEqual(['60 avg opened warn a', '60 last resolved warn a']);
    expect(loop.out.judged).toBe(4);
  });

  it('takes the mean of equal values for that value, across a restart, too', () => {
    const loop = judge([storedPolicy('p', { aggregate: 'AVG', threshold: { warn: '>= 0.1' } })]);
    minute(loop, 0, [0.1, 0.1, 0.1]);
    loop.restore();
    minute(loop, 30_000, [0.1, 0.1, 0.1]);
    expect(loop.log()).toEqual(['60 p opened warn a']);
  });

  it('closes the window before when the next one begins, even if the source has not said so', () => {
    const loop = judge([storedPolicy('p', {})]);
    loop.window({ dictionary: load, startMs: 0, values: [90], closedToMs: 0 });
    loop.window({ dictionary: load, startMs: 60_000, values: [10], closedToMs: 0 });
    expect(loop.log()).toEqual(['60 p opened warn a']);
  });

  it('closes the windows of series that the newest batch of their source does not hold', () => {
    const both = dictionaryOf(['app.load', { app: 'x' }], ['app.load', { app: 'y' }]);
    const loop = judge([storedPolicy('p', {})]);
    loop.window({ dictionary: both, startMs: 0, values: [90, 90] });
    loop.window({ dictionary: both, startMs: 50_000, values: [10, undefined] });
    expect(loop.log()).toEqual(['60 p opened warn a/y']);
  });

  it('never judges a base window twice, whatever comes again', () => {
    const once = judge([storedPolicy('p', { aggregate: 'AVG' })]);
    const twice = judge([storedPolicy('p', { aggregate: 'AVG' })]);
    const values = [90, 90, 70, 90, 90, 60, 95, 95, 95, 95, 95, 95];
    for (const [index, value] of values.entries()) {
      const facts = { dictionary: load, startMs: index * baseWindowMs, values: [value] };
      once.window(facts);
      for (let earlier = 0; earlier <= index; earlier++) twice.window({ ...facts, startMs: earlier * baseWindowMs, values: [values[earlier]!] });
      twice.window(facts);
    }
    expect(twice.out.repeated).toBeGreaterThan(0);
    expect(twice.log()).toEqual(once.log());
  });

  it('leaves corrections to history', () => {
    const loop = judge([storedPolicy('p', {})]);
    minute(loop, 0, [10, 10, 10, 10, 10]);
    loop.window({ dictionary: load, startMs: 0, values: [10_000], correction: true });
    minute(loop, 50_000, [10]);
    expect(loop.log()).toEqual([]);
  });

  it('splits alarms by labels', () => {
    const disks = dictionaryOf(['disk.used_percent', { path: '/' }], ['disk.used_percent', { path: '/var' }], ['mem.used']);
    const loop = judge([storedPolicy('p', { metric: 'disk.used_percent' })]);
    for (let i = 0; i < 6; i++) loop.window({ dictionary: disks, startMs: i * baseWindowMs, values: [90, 91, 99] });
    expect(loop.out.decisions.map((decision) => occurrenceOf(decision))).toHaveLength(2);
    expect(new Set(loop.out.decisions.map((decision) => occurrenceOf(decision))).size).toBe(2);
    expect(loop.log()).toEqual(['60 p opened warn a//', '60 p opened warn a//var']);
  });

  it('watches totals alone where a metric has them, unless the target names a part', () => {
    const cpu = dictionaryOf(['cpu.utilisation'], ['cpu.utilisation', { cpu: 'cpu0' }], ['cpu.utilisation', { cpu: 'cpu1' }]);
    const loop = judge([storedPolicy('total', { metric: 'cpu.utilisation' }), storedPolicy('core', { metric: 'cpu.utilisation', target: { match: { cpu: ['cpu1', 'cpu7'] } } })]);
    for (let i = 0; i < 6; i++) loop.window({ dictionary: cpu, startMs: i * baseWindowMs, values: [90, 90, 90] });
    expect(loop.log()).toEqual(['60 total opened warn a', '60 core opened warn a/cpu1']);
  });

  it.each([
    [{ team: 'web' }, true],
    [{ team: ['db', 'web'] }, true],
    [{ team: 'db' }, false],
    [{ team: 'web', kind: 'host', region: 'seoul', host: 'a' }, true],
    [{ team: 'web', region: 'busan' }, false],
    [{ absent: 'x' }, false],
    [{ constructor: 'x' }, false],
  ])('matches the target %j on attributes and on the resource itself', (match, expected) => {
    const loop = judge([storedPolicy('p', { target: { match: match as Record<string, string> } })]);
    minute(loop, 0, [90, 90, 90, 90, 90, 90], { attributes: { team: 'web' } });
    expect(loop.log()).toEqual(expected ? ['60 p opened warn a'] : []);
    expect(loop.resources().size).toBe(expected ? 1 : 0);
  });

  it('remembers nothing of resources that no policy watches', () => {
    const loop = judge([storedPolicy('p', { metric: 'mem.used' })]);
    minute(loop, 0, [90]);
    expect(loop.resources().size).toBe(0);
  });

  it('resolves the alarm of a resource that no longer meets the target', () => {
    const loop = judge([storedPolicy('p', { target: { match: { team: 'web' } } })]);
    minute(loop, 0, [90, 90, 90, 90, 90, 90], { attributes: { team: 'web' } });
    minute(loop, 60_000, [90], { attributes: { team: 'db' } });
    expect(loop.out.decisions[1]!.change.reason).toContain('no longer meets the target');
    expect(loop.log()).toEqual(['60 p opened warn a', '70 p resolved warn a']);
  });

  it('judges by the version in force at the end of the window', () => {
    const first = storedPolicy('p', { threshold: { warn: '> 80' } });
    const second = storedPolicy('p', { threshold: { critical: '> 85' } }, first, 90_000 - versionLeadMs);
    const loop = judge([second]);
    minute(loop, 0, [90, 90, 90, 90, 90, 90]);
    minute(loop, 60_000, [90, 90, 90, 90, 90, 90]);
    expect(loop.out.decisions.map(({ policy }) => policy.version)).toEqual([1, 2]);
    expect(loop.log()).toEqual(['60 p opened warn a', '120 p level-changed critical a']);
  });

  it('begins a window anew when a version changes its width', () => {
    const first = storedPolicy('p', {});
    const second = storedPolicy('p', { window: '30s' }, first, 30_000 - versionLeadMs);
    const loop = judge([second]);
    minute(loop, 0, [90, 90, 10, 90, 90, 90]);
    expect(loop.log()).toEqual(['60 p opened warn a']);
    // The first half was begun under the version before: it is not judged by what is left of it.
    expect(loop.out.judged).toBe(1);
  });

  const two = dictionaryOf(['app.load'], ['app.max']);
  const logs = dictionaryOf(['log.template_count', { service: 'db', template: 'out of memory', level: 'error' }], ['log.line_count', { service: 'db' }]);
  it.each<[string, Parameters<typeof storedPolicy>[1], typeof two, string[], string[]]>([
    ['a ratio', { kind: 'ratio', ratio: { to: 'app.max', as: 'percent' } }, two, ['480 p resolved warn a'], ['480 p opened warn a']],
    ['a composite', { kind: 'composite', threshold: undefined, composite: { when: { busy: { is: '> 80' }, full: { metric: 'app.max', is: '> 0' } }, warn: 'busy and full' } }, two, ['480 p resolved warn a'], ['480 p opened warn a']],
    ['a log pattern', { kind: 'log-pattern', metric: 'log.template_count', log: { match: 'out of memory', counts: 'lines' } }, logs, ['480 p resolved warn a/db'], ['480 p opened warn a/db']],
    ['a group', { kind: 'group', threshold: { warn: '> 0' }, group: { where: '> 80', measure: 'count', by: [], atLeast: 1 } }, two, ['360 member true', '480 member false'], ['360 member false', '480 member true']],
  ])('goes on with %s whose window is made wider, one source behind, and after a restart', (_, spec, dictionary, ended, begun) => {
    const first = storedPolicy('p', spec);
    const records = [storedPolicy('p', { ...spec, window: '2m' }, first, 180_000 - versionLeadMs)];
    const run = (valueAt: (startMs: number) => number): string[] => {
      const loop = judge(records);
      for (let startMs = 0; startMs < 600_000; startMs += baseWindowMs) {
        if (startMs === 150_000 || startMs === 400_000) loop.restore();
        const arrivalMs = startMs + baseWindowMs;
        loop.window({ dictionary, startMs, values: [valueAt(startMs), undefined], arrivalMs });
        // It still sends windows of the version before when the other source is in those of the next one.
        if (startMs >= 70_000) loop.window({ dictionary, source: 'lagging', startMs: startMs - 70_000, values: [undefined, 100], arrivalMs });
      }
      return [...loop.log(), ...loop.out.reports.map(({ endMs, counts }) => `${endMs / 1000} member ${counts}`)].filter((line) => Number(line.split(' ')[0]) > 180);
    };
    expect([run((startMs) => (startMs < 360_000 ? 90 : 1)), run((startMs) => (startMs < 360_000 ? 1 : 90))]).toEqual([ended, begun]);
  });

  it('judges old event times like new ones', () => {
    const loop = judge([storedPolicy('p', { hold: '2m' })]);
    const start = Date.UTC(2014, 1, 14, 14, 30);
    for (let i = 0; i < 18; i++) loop.window({ dictionary: load, startMs: start + i * baseWindowMs, values: [i < 6 ? 50 : 90], arrivalMs: Date.UTC(2026, 0, 1) + i });
    expect(loop.log()).toEqual([`${start / 1000 + 180} p opened warn a`]);
  });

  it('counts windows that cannot make up a policy window', () => {
    const loop = judge([storedPolicy('p', {})]);
    loop.window({ dictionary: load, startMs: 0, widthMs: 45_000, values: [90] });
    expect(loop.out.misfit).toBe(1);
    expect(loop.log()).toEqual([]);
  });

  it('goes on from a snapshot in the middle of a window as if nothing had happened', () => {
    const records = [storedPolicy('p', { hold: '2m' }), storedPolicy('q', { aggregate: 'MIN', noData: 'no-data' })];
    const values = Array.from({ length: 40 }, (_, i) => (i % 17 < 12 ? 90 + (i % 3) : 20));
    const straight = judge(records);
    const broken = judge(records);
    for (const [index, value] of values.entries()) {
      for (const loop of [straight, broken]) loop.window({ dictionary: load, startMs: index * baseWindowMs, values: [value] });
      broken.restore();
    }
    straight.tick(900_000);
    broken.tick(900_000);
    const expected = straight.out.decisions.map((one) => ({ ...one }));
    expect(expected.length).toBeGreaterThan(3);
    expect(broken.out.decisions).toEqual(expected);
  });
});

describe('judgeTick', () => {
  it('closes the window of a source that fell silent when its time is over', () => {
    const loop = judge([storedPolicy('p', {})]);
    minute(loop, 0, [90, 90]);
    loop.tick(20_000 + 40_000 + idleMs - 1);
    expect(loop.log()).toEqual([]);
    loop.tick(20_000 + 40_000 + idleMs);
    expect(loop.log()).toEqual(['60 p opened warn a']);
    // What comes afterwards for that window is late.
    minute(loop, 20_000, [10]);
    expect(loop.out.repeated).toBe(1);
  });

  it('does so for history that is sent now', () => {
    const loop = judge([storedPolicy('p', {})]);
    loop.window({ dictionary: load, startMs: 0, values: [90], arrivalMs: 1_000_000_000 });
    loop.tick(1_000_000_000 + 50_000 + idleMs - 1);
    expect(loop.log()).toEqual([]);
    loop.tick(1_000_000_000 + 50_000 + idleMs);
    expect(loop.log()).toEqual(['60 p opened warn a']);
  });

  it('tells missing data on the arrival clock, once, and their return', () => {
    const loop = judge([storedPolicy('p', { noData: 'no-data', window: '10s' })]);
    minute(loop, 0, [10]);
    for (let at = 11_000; at < 200_000; at += 1_000) loop.tick(at);
    expect(loop.log()).toEqual(['70 p no-data down a']);
    minute(loop, 200_000, [10]);
    expect(loop.log()).toEqual(['210 p resolved down a']);
  });

  it.each<[string, Parameters<typeof storedPolicy>[1], Parameters<typeof storedPolicy>[1], number, string[]]>([
    ['is ok', { noData: 'no-data' }, { noData: 'ok' }, 10, ['70 p no-data down a', '1005 p resolved down a']],
    ['is not told', { noData: 'no-data' }, { noData: 'keep-last' }, 10, ['70 p no-data down a', '1005 p resolved down a']],
    ['is not told of an open alarm', { noData: 'no-data' }, { noData: 'keep-last' }, 90, ['10 p opened warn a', '70 p no-data down a', '1005 p level-changed warn a']],
    ['is told', {}, { noData: 'no-data' }, 10, ['1005 p no-data down a']],
    ['is told later', {}, { noData: 'no-data', noDataAfter: '20m' }, 10, ['1210 p no-data down a']],
    ['ends alarms', {}, { noData: 'ok' }, 90, ['10 p opened warn a', '1005 p resolved warn a']],
    ['is told as before', { noData: 'no-data' }, { noData: 'no-data', noDataAfter: '20m' }, 10, ['70 p no-data down a']],
  ])('judges a silence that lasts by a new version: it %s', (_, before, now, value, expected) => {
    const first = storedPolicy('p', { window: '10s', ...before });
    const loop = judge([first]);
    minute(loop, 0, [value]);
    for (let at = 11_000; at < 2_000_000; at += 1_000) {
      if (at === 1_000_000) loop.change([storedPolicy('p', { window: '10s', ...now }, first, at)]);
      if (at % 500_000 === 0) loop.restore();
      loop.tick(at);
    }
    expect(loop.log()).toEqual(expected);
  });

  it('never takes a lag of ours for a silence of theirs: only the arrival clock counts', () => {
    const loop = judge([storedPolicy('p', { noData: 'no-data', window: '10s' })]);
    // Windows of ten minutes are read at once; their arrival times are ten seconds apart.
    for (let i = 0; i < 60; i++) {
      loop.window({ dictionary: load, startMs: i * baseWindowMs, values: [10] });
      loop.tick((i + 1) * baseWindowMs);
    }
    expect(loop.log()).toEqual([]);
  });

  it('judges what there is of a window before it tells that the rest is missing', () => {
    const loop = judge([storedPolicy('p', { noData: 'no-data', noDataAfter: '20s', window: '10m' })]);
    minute(loop, 0, [90, 90]);
    loop.tick(40_000);
    expect(loop.log()).toEqual(['600 p opened warn a', '40 p no-data down a']);
  });

  it('resolves the alarms of a policy that was deleted, when the deletion is in force', () => {
    const record = storedPolicy('p', {});
    const loop = judge([record]);
    minute(loop, 0, [90, 90, 90, 90, 90, 90]);
    loop.log();
    loop.change([deleteDefinition(record, { author: 'ann', nowMs: 61_000, managedBy: 'api' }) as DefinitionRecord]);
    loop.tick(62_000);
    expect(loop.log()).toEqual([]);
    loop.tick(61_000 + versionLeadMs);
    expect(loop.out.decisions[0]!.change.reason).toBe('the policy was removed');
    expect(loop.log()).toEqual(['66 p resolved warn a']);
    expect(loop.resources().size).toBe(0);
    // Not even windows of the time before wake it again.
    loop.window({ dictionary: load, startMs: 0, values: [90], arrivalMs: 100_000, resource: hostResource('c') });
    expect(loop.resources().has('id-c')).toBe(false);
  });

  it('resolves the alarms of series that a new version does not watch', () => {
    const first = storedPolicy('p', {});
    const loop = judge([first]);
    minute(loop, 0, [90, 90, 90, 90, 90, 90]);
    loop.log();
    loop.change([storedPolicy('p', { target: { match: { host: 'z' } } }, first, 60_000)]);
    loop.tick(60_000 + versionLeadMs);
    expect(loop.out.decisions[0]!.change.reason).toContain('no longer watches this series');
    expect(loop.log()).toEqual(['65 p resolved warn a']);
  });

  const partOf = { target: { match: { device: 'sda' } }, threshold: undefined } as const;
  it.each<[string, Parameters<typeof storedPolicy>[1], string, string]>([
    ['a composite', { ...partOf, kind: 'composite', composite: { when: { busy: { is: '> 80' } }, warn: 'busy' } }, '60 p opened warn a', '70 p resolved warn a'],
    ['a group', { ...partOf, kind: 'group', threshold: { warn: '> 0' }, group: { where: '> 80', measure: 'count', by: [], atLeast: 1 } }, 'member true', 'member undefined'],
  ])('goes on with %s whose target is a label, whatever policies are changed, and after a restart', (_, spec, begun, ended) => {
    const policy = storedPolicy('p', spec);
    const loop = judge([policy]);
    const told = () => [...loop.log(), ...loop.out.reports.splice(0).map(({ counts }) => `member ${counts}`)];
    minute(loop, 0, [90, 90, 90, 90, 90, 90], { dictionary: dictionaryOf(['app.load', { device: 'sda' }]) });
    expect(told()).toEqual([begun]);
    loop.change([policy, storedPolicy('other', {})]);
    loop.tick(61_000);
    loop.restore();
    loop.tick(62_000);
    expect(told()).toEqual([]);
    // It ends when no part of it is in the target any more.
    loop.change([storedPolicy('p', { ...spec, target: { match: { device: 'sdb' } } }, policy, 63_000)]);
    loop.tick(70_000);
    expect(told()).toEqual([ended]);
    expect(loop.resources().size).toBe(0);
  });

  it('looks for removed policies after a restart too', () => {
    const record = storedPolicy('p', {});
    const loop = judge([record]);
    minute(loop, 0, [90, 90, 90, 90, 90, 90]);
    loop.tick(60_500);
    loop.log();
    loop.restore();
    loop.change([deleteDefinition(record, { author: 'ann', nowMs: 61_000, managedBy: 'api' }) as DefinitionRecord]);
    loop.tick(70_000);
    expect(loop.log()).toEqual(['70 p resolved warn a']);
  });

  it('forgets normal series after a day of silence, and gives an alarm up after a week', () => {
    const loop = judge([storedPolicy('p', {})]);
    minute(loop, 0, [10, 10, 10, 10, 10, 10]);
    minute(loop, 0, [90, 90, 90, 90, 90, 90], { resource: hostResource('b') });
    loop.log();
    loop.tick(86_400_000 + 60_001);
    expect([...loop.resources().keys()]).toEqual(['id-b']);
    loop.tick(7 * 86_400_000 + 60_001);
    expect(loop.log()).toEqual([`${7 * 86_400 + 60.001} p resolved warn b`]);
    expect(loop.resources().size).toBe(0);
  });

  it.each<[string, Parameters<typeof storedPolicy>[1], string[]]>([
    ['an absence', { kind: 'absence', threshold: undefined, absence: { warn: '26h', critical: '29d' } }, ['93610 p opened warn a', '2505610 p level-changed critical a', '3110410 p resolved critical a']],
    ['missing data', { noData: 'no-data', noDataAfter: '26h' }, ['93610 p no-data down a', '698410 p resolved down a']],
  ])('waits for %s of more than a day, and forgets the series a week later', (_, spec, expected) => {
    const loop = judge([storedPolicy('p', spec)]);
    minute(loop, 0, [10]);
    for (let at = 10_000; at < 40 * 86_400_000; at += 600_000) loop.tick(at);
    expect(loop.log()).toEqual(expected);
    expect(loop.resources().size).toBe(0);
  });

  it('keeps a member of a group for as long as the policy waits for it', () => {
    const loop = judge([storedPolicy('p', { kind: 'group', noDataAfter: '26h', window: '10s', group: { measure: 'count', by: [], atLeast: 1 } })]);
    minute(loop, 0, [10]);
    for (let at = 10_000; at < 3 * 86_400_000; at += 600_000) loop.tick(at);
    expect(loop.out.reports.map(({ counts, arrivalMs }) => [counts, arrivalMs])).toEqual([[true, 10_000], [undefined, 93_610_000]]);
  });

  it('tells the absence of a source whose clock is ahead', () => {
    const loop = judge([storedPolicy('p', { kind: 'absence', threshold: undefined, absence: { warn: '2m', critical: '4m' } })]);
    loop.window({ dictionary: load, startMs: 300_000, values: [1], arrivalMs: 10_000 });
    for (let at = 11_000; at < 600_000; at += 1_000) loop.tick(at);
    expect(loop.out.decisions.map(({ change }) => change.pendingSinceMs)).toEqual([10_000, 10_000]);
    expect(loop.log()).toEqual(['130 p opened warn a', '250 p level-changed critical a']);
  });
});
