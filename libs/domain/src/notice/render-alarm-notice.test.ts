import type { Alarm, AlarmTransition } from '@opsloop/contracts';
import { buildAlarmEvent } from '@opsloop/testing';
import { applyCommand } from '../alarm-record/apply-command.js';
import { applyTransition } from '../alarm-record/apply-transition.js';
import { formatSpan } from './format-time.js';
import { formatThreshold, formatValue } from './format-value.js';
import type { FlushPlan, ToldAlarm } from './plan-flush.js';
import { renderAlarmNotice } from './render-alarm-notice.js';
import { textToHtml } from './text-to-html.js';

const t0 = Date.parse('2026-11-21T01:00:00Z');
const minute = 60_000;
const english = { language: 'en' as const, timeZone: 'UTC', publicUrl: 'https://ops.example.com', nowMs: t0 + 7 * minute };
const korean = { ...english, language: 'ko' as const, timeZone: 'Asia/Seoul' };

function alarmOf(parts: Partial<AlarmTransition> = {}): Alarm {
  return applyTransition(undefined, buildAlarmEvent('alarm.opened', { atMs: t0, ...parts }), t0).alarm;
}
const warned = alarmOf();
const critical = applyTransition(warned, buildAlarmEvent('alarm.level-changed', { transition: 2, level: 'critical', value: 97.31, threshold: '> 95', atMs: t0 + 5 * minute }), t0).alarm;
const resolved = applyTransition(critical, buildAlarmEvent('alarm.resolved', { transition: 3, level: 'critical', value: 40, threshold: '> 95', atMs: t0 + 12 * minute }), t0).alarm;
const rise: ToldAlarm = { alarm: critical, waiting: [{ transition: 2, type: 'alarm.level-changed', level: 'critical', atMs: t0 + 5 * minute }] };
const end: ToldAlarm = { alarm: resolved, waiting: [{ transition: 3, type: 'alarm.resolved', level: 'critical', atMs: t0 + 12 * minute }] };

const subjectOf = (told: readonly ToldAlarm[], kind: FlushPlan['kind'], surroundings: typeof english | typeof korean = english) => renderAlarmNotice({ told, kind }, 'ops-mail', surroundings).subject;

describe('the subject', () => {
  it('says level, what, where and value, in both languages', () => {
    expect(subjectOf([rise], 'alarm')).toBe('[Critical] CPU utilisation on web-1: 97.3 % (> 95 %)');
    expect(subjectOf([rise], 'alarm', korean)).toBe('[심각] web-1 CPU 사용률: 97.3 % (> 95 %)');
  });

  it('of a level that fell says what recovery asks for, not a threshold that is not met', () => {
    const fallen = applyTransition(critical, buildAlarmEvent('alarm.level-changed', { transition: 3, level: 'warn', value: 79, threshold: '> 80', recover: '< 65', atMs: t0 + 6 * minute }), t0).alarm;
    const told: ToldAlarm = { alarm: fallen, waiting: [{ transition: 3, type: 'alarm.level-changed', level: 'warn', atMs: t0 + 6 * minute }] };
    expect(subjectOf([told], 'alarm')).toBe('[Warning] CPU utilisation on web-1: 79 %, not recovered (< 65 %)');
    expect(subjectOf([told], 'alarm', korean)).toBe('[경고] web-1 CPU 사용률: 79 %, 아직 회복되지 않음 (< 65 %)');
    expect(renderAlarmNotice({ told: [told], kind: 'alarm' }, 'ops-mail', english).text).toContain('(cpu.utilisation) AVG 79 %, not recovered (< 65 %)\n');
    const risen = applyTransition(fallen, buildAlarmEvent('alarm.level-changed', { transition: 4, level: 'critical', value: 97, threshold: '> 95' }), t0).alarm;
    expect(subjectOf([{ ...told, alarm: risen }], 'alarm')).toContain(': 97 % (> 95 %)');
  });

  it.each([
    ['info', '주의'],
    ['warn', '경고'],
    ['critical', '심각'],
    ['down', '다운'],
  ] as const)('names the level %s in Korean', (level, word) => {
    expect(subjectOf([{ alarm: alarmOf({ level }), waiting: [] }], 'alarm', korean)).toMatch(new RegExp(`^\\[${word}\\] `));
  });

  it('says that it is over, repeated, escalated, missing or flapping', () => {
    expect(subjectOf([end], 'resolved')).toBe('[Resolved] CPU utilisation on web-1: 40 %, after 12 min');
    expect(subjectOf([{ ...rise, waiting: [] }], 'repeat')).toBe('[Critical] still open after 7 min: CPU utilisation on web-1: 97.3 % (> 95 %)');
    expect(subjectOf([rise], 'escalation', korean)).toBe('[에스컬레이션 · 심각] web-1 CPU 사용률: 97.3 % (> 95 %)');
    const silent = applyTransition(undefined, buildAlarmEvent('alarm.no-data', { atMs: t0, level: 'down', value: null, reason: 'no data for 1m' }), t0).alarm;
    expect(subjectOf([{ alarm: silent, waiting: [] }], 'alarm')).toMatch(/^\[Down · no data\] .*: no data/);
    expect(subjectOf([{ alarm: { ...critical, flapping: true }, waiting: [] }], 'alarm')).toMatch(/^\[Critical · flapping\] /);
  });

  it('of many alarms counts them, names the worst level and the first places', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((host) => ({ alarm: { ...warned, id: `default/${host}`, resourceName: host }, waiting: [] }));
    expect(subjectOf([...many, rise, end], 'alarm')).toBe('[Critical] cpu-high 6 open, 1 resolved: web-1, a, b and 3 more');
    expect(subjectOf([...many, rise, end], 'alarm', korean)).toBe('[심각] cpu-high 발생 6건, 해소 1건: web-1, a, b 외 3건');
  });

  it('is one line of at most 150 characters, whatever agents call their hosts', () => {
    const alarm = { ...critical, resourceName: `web\r\nBcc: thief@example.com\u0000${'x'.repeat(400)}` };
    const subject = subjectOf([{ alarm, waiting: [] }], 'alarm');
    expect([...subject].filter((letter) => letter < ' ' || letter === '\u007f')).toEqual([]);
    expect([...subject].length).toBe(150);
  });
});

describe('the body', () => {
  it('says state, since, value with unit and threshold, resource, what is being done, and where to acknowledge', () => {
    const withOrder = { ...critical, workOrders: ['default/wo-1'], timeline: [...critical.timeline, { atMs: t0, what: 'work-order.requested', text: 'Restart Nginx waits for approval', ref: 'default/wo-1' }] };
    const { text } = renderAlarmNotice({ told: [{ ...rise, alarm: withOrder }], kind: 'alarm' }, 'ops-mail', english);
    expect(text).toBe(`[Critical] CPU utilisation on web-1: 97.3 % (> 95 %)

State: Critical (was Warning)
Since: 2026-11-21 01:00:00 UTC (for 7 min)
Measured: CPU utilisation (cpu.utilisation) AVG 97.3 %, threshold > 95 %
Resource: web-1 (host)
Being done: Restart Nginx waits for approval: https://ops.example.com/work-orders/wo-1
Open the alarm: https://ops.example.com/alarms/occurrence-1

To say that you look after it and stop the repeats, open the alarm and press Acknowledge.

Sent by Opsloop to the receiver ops-mail.
`);
  });

  it('tells times in the zone of the receiver', () => {
    expect(renderAlarmNotice({ told: [rise], kind: 'alarm' }, 'ops-mail', korean).text).toContain('발생: 2026-11-21 10:00:00 GMT+9 (7분 경과)');
  });

  it('of an alarm that was told before its window ended names no time that has not come', () => {
    const early = { ...english, nowMs: t0 - 8_000 };
    expect(renderAlarmNotice({ told: [{ alarm: warned, waiting: [] }], kind: 'alarm' }, 'ops-mail', early).text).toContain('Since: 2026-11-21 00:59:52 UTC (for 0 s)');
  });

  it('lists what happened when it is more than one thing', () => {
    const { text } = renderAlarmNotice({ told: [{ alarm: resolved, waiting: [...rise.waiting, ...end.waiting] }], kind: 'resolved' }, 'ops-mail', english);
    expect(text).toContain('State: Resolved (was Critical)\nSince: 2026-11-21 01:00:00 UTC – 2026-11-21 01:12:00 UTC (12 min)');
    expect(text).toContain('What happened:\n  2026-11-21 01:05:00 UTC Critical\n  2026-11-21 01:12:00 UTC Resolved');
  });

  it('asks nobody to acknowledge what is over or acknowledged, and says who looks after it', () => {
    const command = { specversion: '1.0' as const, id: 'c', source: '/opsloop/api', type: 'alarm.acknowledge' as const, subject: critical.id, time: new Date(t0).toISOString(), datacontenttype: 'application/json' as const, data: { tenant: 'default', occurrence: critical.id, by: 'kim', reason: 'on it' } };
    const { text } = renderAlarmNotice({ told: [{ ...rise, alarm: applyCommand(critical, command, t0)! }], kind: 'alarm' }, 'ops-mail', english);
    expect(text).toContain('Acknowledged: by kim: on it');
    for (const body of [text, renderAlarmNotice({ told: [end], kind: 'resolved' }, 'ops-mail', english).text]) expect(body).not.toContain('press Acknowledge');
  });

  it('shows ten in detail, a hundred in a line each, counts the rest, and stays far below the size of a document', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({ alarm: { ...critical, id: `default/${index}`, resourceName: `host-${index}` }, waiting: rise.waiting }));
    const { text, html } = renderAlarmNotice({ told: many, kind: 'alarm' }, 'ops-mail', english);
    expect(text.match(/Open the alarm:/g)).toHaveLength(10);
    expect(text.match(/^\[Critical\] CPU utilisation on host-/gm)).toHaveLength(110);
    expect(text).toContain('and 890 more');
    expect(text).toContain('https://ops.example.com/alarms?state=open');
    expect(Buffer.byteLength(text + html)).toBeLessThan(64 * 1024);
  });

  it('in HTML says the same, escaped, with the level as a word beside its colour', () => {
    const { html } = renderAlarmNotice({ told: [{ ...rise, alarm: { ...critical, resourceName: '<script>alert("1")</script>' } }], kind: 'alarm' }, 'a&b', english);
    expect(html).not.toContain('<script>');
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;');
    expect(html).toContain('>Critical</span>');
    expect(html).toContain('href="https://ops.example.com/alarms/occurrence-1"');
    expect(html).toContain('name="viewport"');
    expect(html).toContain('receiver a&amp;b.');
  });
});

describe('a text that somebody else wrote', () => {
  it('becomes a page: escaped, its blocks as paragraphs, its addresses as links', () => {
    const html = textToHtml('ko', '승인 <필요>', 'one & two\nthree\n\nhttps://ops.example.com/work-orders/1?a=1&b=2\n');
    expect(html).toContain('>승인 &lt;필요&gt;</h1>');
    expect(html).toContain('one &amp; two<br>three</p>');
    expect(html).toContain('<a href="https://ops.example.com/work-orders/1?a=1&amp;b=2">');
    expect(html.match(/<p /g)).toHaveLength(2);
  });
});

describe('values', () => {
  it.each([
    [97.31, 'percent', '97.3 %'],
    [100, 'percent', '100 %'],
    [1_610_612_736, 'bytes', '1.5 GiB'],
    [12_300_000, 'bytes_per_second', '12.3 MB/s'],
    [0.0421, 'seconds', '0.0421 s'],
    [1234.5, 'count', '1235'],
    [12, 'count_per_second', '12 /s'],
    [0, 'bool', 'no'],
    [3, '', '3'],
    [1e21, '', '1e+21'],
  ])('%p %s is %s', (value, unit, text) => {
    expect(formatValue(value, unit, 'en')).toBe(text);
  });

  it('thresholds show the unit of what they are compared with', () => {
    expect(formatThreshold('> 1073741824', 'bytes', 'en')).toBe('> 1 GiB');
    expect(formatThreshold('near the edge', 'bytes', 'en')).toBe('near the edge');
  });

  it.each([
    [0, '0 s', '0초'],
    [59_999, '59 s', '59초'],
    [2 * 3_600_000 + 5 * minute, '2 h 5 min', '2시간 5분'],
    [86_400_000, '1 d', '1일'],
  ])('a span of %i ms', (ms, en, ko) => {
    expect([formatSpan(ms, 'en'), formatSpan(ms, 'ko')]).toEqual([en, ko]);
  });
});
