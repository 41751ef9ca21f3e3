import { playbookSchema, scheduleSchema, type ScheduleState } from '@opsloop/contracts';
import { parseDefinitions } from '../definition/parse-definitions.js';
import { cronTimes } from './cron-times.js';
import { scheduledWorkOrder } from './scheduled-work-order.js';
import { dueTimes, readSchedule } from './step-schedule.js';

const at = (text: string): number => Date.parse(text);
const times = (cron: string, timeZone: string, after: string, limit = 3): string[] => cronTimes({ cron, timeZone }, { afterMs: at(after), limit }).map((ms) => new Date(ms).toISOString().slice(0, 16));
const spec = (more: object = {}) => ({ cron: '0 * * * *', timeZone: 'UTC', missed: 'latest' as const, ...more });

describe('times', () => {
  it('are those of the clocks in the zone', () => {
    expect(times('30 6 * * 1-5', 'Asia/Seoul', '2026-03-27T00:00:00Z')).toEqual(['2026-03-29T21:30', '2026-03-30T21:30', '2026-03-31T21:30']);
    expect(times('0 9 * * *', 'America/New_York', '2026-03-07T15:00:00Z', 2)).toEqual(['2026-03-08T13:00', '2026-03-09T13:00']);
  });

  it('a time that clocks going forward skip is due an hour later, once', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T01:30:00Z', 2)).toEqual(['2026-03-29T01:30', '2026-03-30T00:30']);
  });

  it('a time that clocks going back repeat is due once, from whatever moment it is asked', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30']);
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:30:00Z', 1)).toEqual(['2026-10-26T01:30']);
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-25T00:50:00Z', 1)).toEqual(['2026-10-26T01:30']);
  });

  it('every half hour goes on through both', () => {
    expect(times('*/30 * * * *', 'Europe/Berlin', '2026-10-25T00:00:00Z', 4)).toEqual(['2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-25T02:00']);
  });
});

describe('where clocks change', () => {
  /** What is opened while every due time is dealt with half a second late. */
  const opened = (cron: string, timeZone: string, from: string, until: string): string[] => {
    const found: string[] = [];
    for (let dueAtMs = cronTimes({ cron, timeZone }, { afterMs: at(from), limit: 1 })[0]; dueAtMs !== undefined && dueAtMs < at(until); ) {
      const due = dueTimes({ cron, timeZone, missed: 'skip' }, { dueAtMs, nowMs: dueAtMs + 500 });
      expect(due.missed).toBe(0);
      found.push(...due.open.map((ms) => new Date(ms).toISOString().slice(5, 16)));
      dueAtMs = due.nextMs;
    }
    return found;
  };

  it.each([
    ['30 2 * * *', 'Europe/Berlin', '2026-03-28', '2026-03-31', ['03-28T01:30', '03-29T01:30', '03-30T00:30']],
    ['30 2 * * 0', 'Europe/Berlin', '2026-03-22', '2026-04-06', ['03-22T01:30', '03-29T01:30', '04-05T00:30']],
    ['30 2 * * *', 'America/New_York', '2026-03-07', '2026-03-10', ['03-07T07:30', '03-08T07:30', '03-09T06:30']],
    ['15 0 * * *', 'America/Sao_Paulo', '2018-11-03', '2018-11-06', ['11-03T03:15', '11-04T03:15', '11-05T02:15']],
    ['30 2 * * *', 'Europe/Berlin', '2026-10-24', '2026-10-27', ['10-24T00:30', '10-25T00:30', '10-26T01:30']],
    ['30 1 * * *', 'America/New_York', '2026-10-31', '2026-11-03', ['10-31T05:30', '11-01T05:30', '11-02T06:30']],
    // Greenland skips the hour before midnight, Troll two hours, Lord Howe half of one, and Chatham is at a quarter to.
    ['0 22 * * *', 'America/Nuuk', '2026-03-28', '2026-03-31', ['03-29T00:00', '03-29T23:00', '03-30T23:00']],
    ['30 23 * * *', 'America/Nuuk', '2026-03-28', '2026-03-31', ['03-28T01:30', '03-29T01:30', '03-30T00:30']],
    ['0 2 * * *', 'Antarctica/Troll', '2026-10-24', '2026-10-27', ['10-25T00:00', '10-26T02:00']],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-04-03', '2026-04-07', ['04-03T15:15', '04-04T15:45', '04-05T15:45', '04-06T15:45']],
    ['15 2 * * *', 'Australia/Lord_Howe', '2026-10-02', '2026-10-05', ['10-02T15:45', '10-03T15:45', '10-04T15:15']],
    ['45 2 * * *', 'Pacific/Chatham', '2026-09-25', '2026-09-28', ['09-25T14:00', '09-26T14:00', '09-27T13:00']],
    // A day that the date line took.
    ['0 12 * * *', 'Pacific/Apia', '2011-12-29', '2012-01-01', ['12-29T22:00', '12-30T22:00', '12-31T22:00']],
    ['0 0 31 * *', 'Asia/Seoul', '2026-01-01', '2026-05-31', ['01-30T15:00', '03-30T15:00', '05-30T15:00']],
    ['0 0 29 2 *', 'UTC', '2026-01-01', '2033-01-01', ['02-29T00:00', '02-29T00:00']],
  ])('%s in %s is opened each day, once', (cron, timeZone, from, until, expected) => {
    expect(opened(cron, timeZone, from, until)).toEqual(expected);
  });

  it('a time that was skipped is made up for, and found from within the hour in which it is due', () => {
    const berlin = { cron: '30 2 * * *', timeZone: 'Europe/Berlin' };
    const due = at('2026-03-29T01:30:00Z');
    expect(dueTimes({ ...berlin, missed: 'latest' }, { dueAtMs: due, nowMs: due + 7_200_000 })).toEqual({ open: [due], missed: 0, nextMs: at('2026-03-30T00:30:00Z') });
    expect(dueTimes({ ...berlin, missed: 'skip' }, { dueAtMs: at('2026-03-28T01:30:00Z'), nowMs: at('2026-03-29T01:15:00Z') })).toEqual({ open: [], missed: 1, nextMs: due });
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-29T01:15:00Z', 1)).toEqual(['2026-03-29T01:30']);
  });
});

describe('missed times', () => {
  const dueAtMs = at('2026-01-01T00:00:00Z');

  it('in time: that one is opened', () => {
    expect(dueTimes(spec({ missed: 'skip' }), { dueAtMs, nowMs: dueAtMs + 59_000 })).toEqual({ open: [dueAtMs], missed: 0, nextMs: dueAtMs + 3_600_000 });
  });

  it.each([['skip', 0, 6], ['latest', 1, 5], ['all', 6, 0]] as const)('%s after an absence of five hours', (missed, open, lost) => {
    const found = dueTimes(spec({ missed }), { dueAtMs, nowMs: dueAtMs + 5.5 * 3_600_000 });
    expect([found.open.length, found.missed]).toEqual([open, lost]);
    if (missed === 'latest') expect(found.open).toEqual([dueAtMs + 5 * 3_600_000]);
    expect(found.nextMs).toBe(dueAtMs + 6 * 3_600_000);
  });

  it('an absence of a year is not made up for without a limit', () => {
    const found = dueTimes(spec({ cron: '* * * * *', missed: 'all' }), { dueAtMs, nowMs: dueAtMs + 365 * 86_400_000 });
    expect(found.open).toHaveLength(100);
    expect(found.open.at(-1)).toBe(dueAtMs + 365 * 86_400_000);
  });

  it('a clock that is behind the one that claimed opens what was claimed', () => {
    expect(dueTimes(spec(), { dueAtMs, nowMs: dueAtMs - 500 }).open).toEqual([dueAtMs]);
  });
});

describe('its state', () => {
  const definition = { id: 't/nightly', tenant: 't', schedule: 'nightly', version: 1, sinceMs: at('2026-01-01T00:10:00Z'), spec: scheduleSchema.shape.spec.parse({ ...spec(), workOrder: order() }) };

  it('begins with the first time after it was written, and is the same whoever reads it', () => {
    const state = readSchedule(undefined, definition)!;
    expect(state).toMatchObject({ dueAtMs: at('2026-01-01T01:00:00Z'), version: 1, opened: 0 });
    expect(readSchedule(state, definition)).toBeUndefined();
  });

  it('a changed one is due by its new times, and what was counted stays; a deleted one is due no more', () => {
    const state: ScheduleState = { ...readSchedule(undefined, definition)!, opened: 7, lastAtMs: 5 };
    const changed = readSchedule(state, { ...definition, version: 2, spec: { ...definition.spec, cron: '30 * * * *' } })!;
    expect(changed).toMatchObject({ dueAtMs: at('2026-01-01T00:30:00Z'), opened: 7, lastAtMs: 5 });
    expect(readSchedule(changed, { ...definition, version: 3, spec: null })).not.toHaveProperty('dueAtMs');
  });

  it('a time that had come before the change stays due, unless it was deleted', () => {
    const state = readSchedule(undefined, definition)!;
    const later = { ...definition, version: 2, sinceMs: at('2026-01-01T01:00:00Z') };
    expect(readSchedule(state, later)).toMatchObject({ version: 2, dueAtMs: at('2026-01-01T01:00:00Z') });
    expect(readSchedule(state, { ...later, spec: null })).not.toHaveProperty('dueAtMs');
  });
});

function order(more: object = {}): object {
  return { type: 'inspection', title: 'Look', targets: [{ id: 'a', name: 'a' }], jobs: [{ playbook: 'look' }], ...more };
}

describe('its work order', () => {
  const playbook = playbookSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name: 'look' }, spec: { steps: [{ id: 'a', uses: 'local', run: ['true'] }] } });
  const open = (more: object = {}, atMs = 0) =>
    scheduledWorkOrder({ tenant: 't', schedule: scheduleSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Schedule', metadata: { name: 's' }, spec: { ...spec(), workOrder: order(more) } }), atMs, playbooks: [{ playbook, playbookVersion: 3 }], nowMs: 9 });

  it('is ready at once, and has one identity for each time', () => {
    expect(open()).toMatchObject({ origin: 'schedule', requester: 'schedule s', state: 'ready', jobs: [{ playbook: 'look', playbookVersion: 3 }] });
    expect((open() as { id: string }).id).toBe((open() as { id: string }).id);
    expect((open() as { id: string }).id).not.toBe((open({}, 1) as { id: string }).id);
  });

  it('waits for an approval where one is asked for', () => {
    expect(open({ approval: 'required' })).toMatchObject({ state: 'requested', approval: 'required' });
  });

  it('says what is wrong with its inputs', () => {
    expect(open({ jobs: [{ playbook: 'look', inputs: { nosuch: 1 } }] })).toContain('nosuch');
  });
});

describe('definitions', () => {
  const problems = (text: string): string[] => parseDefinitions(`apiVersion: opsloop/v1\nkind: Schedule\nmetadata: { name: s }\nspec:\n  ${text}\n  workOrder: { type: inspection, title: Look, targets: [{ id: a, name: a }], jobs: [{ playbook: look }] }\n`, { baseWindowMs: 10_000 }).errors.map((one) => `${one.path}: ${one.message}`);

  it.each([
    ['cron: "30 6 * * 1-5"\n  timeZone: Asia/Seoul', undefined],
    ['cron: "@daily"', undefined],
    ['cron: "0 8 * * THU"', undefined],
    ['cron: "61 * * * *"', 'spec.cron: "61 * * * *" is not a cron expression'],
    ['cron: "* * *"', 'has 3 fields'],
    ['cron: "@often"', 'is not known'],
    ['cron: "0 0 30 2 *"', 'is not a cron expression'],
    ['cron: "*/10 * * * * *"', 'more often than once a minute'],
    ['cron: "H 1 * * *"', 'H, which stands for no fixed time'],
    ['cron: "0 0 * * *"\n  timeZone: Mars/Olympus', 'is no time zone'],
    ['cron: "0 0 * * *"\n  missed: sometimes', 'spec.missed'],
  ])('%s', (text, problem) => {
    if (problem === undefined) expect(problems(text)).toEqual([]);
    else expect(problems(text).join('\n')).toContain(problem);
  });

  it('are all told at once', () => {
    expect(problems('cron: "61 * * * *"\n  timeZone: Mars/Olympus')).toHaveLength(2);
  });
});
