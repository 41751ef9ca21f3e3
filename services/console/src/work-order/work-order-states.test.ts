import { boardColumns, columnOf, commandsFor, shownState, waitsFor } from './work-order-states.js';

const me = { tenant: 'default', name: 'kim', scopes: ['read', 'operate', 'approve'], mail: 'outbox', windowMs: 10_000, demo: true } as const;

test('every state has one column', () => {
  const states = boardColumns.flatMap((column) => column.states as readonly string[]);
  expect(new Set(states).size).toBe(states.length);
  const approval = 'required';
  expect(columnOf({ state: 'succeeded', approval })).toBe('done');
  expect(columnOf({ state: 'succeeded', verification: {} as never, approval })).toBe('checking');
  expect(columnOf({ state: 'not-verified', approval })).toBe('attention');
  expect(columnOf({ state: 'requested', approval })).toBe('approval');
  expect(columnOf({ state: 'requested', approval: 'none' })).toBe('ready');
});

test('what was proven is shown as proven, closed or not', () => {
  const order = (outcomes: readonly string[]) => ({ state: 'closed', verification: { targets: outcomes.map((outcome) => ({ outcome })) } }) as never;
  expect(shownState(order(['verified', 'verified']))).toBe('verified');
  expect(shownState(order(['verified', 'no-fresh-data']))).toBe('closed');
  expect(shownState({ state: 'closed' })).toBe('closed');
  expect(shownState({ state: 'running' })).toBe('running');
});

test('buttons follow the state', () => {
  const order = (state: string, more: object = {}) => ({ state, approval: 'required', cancelRequested: false, runs: ['r'], ...more }) as never;
  expect(commandsFor(order('requested'))).toEqual(['approve', 'reject', 'cancel']);
  expect(commandsFor(order('requested', { approval: 'none' }))).toEqual(['start', 'assign', 'cancel']);
  expect(commandsFor(order('running'))).toEqual(['cancel']);
  expect(commandsFor(order('running', { cancelRequested: true }))).toEqual([]);
  expect(commandsFor(order('partly-failed'))).toEqual(['retry', 'close']);
  expect(commandsFor(order('failed', { runs: [] }))).toEqual(['close']);
  expect(commandsFor(order('verified'))).toEqual(['close']);
  expect(commandsFor(order('closed'))).toEqual([]);
});

test('what waits for me: an approval of somebody else, or what is assigned to me', () => {
  const order = (more: object) => ({ state: 'requested', approval: 'required', requester: 'lee', ...more }) as never;
  expect(waitsFor(me, order({}))).toBe(true);
  expect(waitsFor(me, order({ requester: 'kim' }))).toBe(false);
  expect(waitsFor({ ...me, scopes: ['read', 'operate'] }, order({}))).toBe(false);
  expect(waitsFor(me, order({ state: 'approved', assignee: 'kim' }))).toBe(true);
  expect(waitsFor(me, order({ state: 'approved', assignee: 'lee' }))).toBe(false);
  expect(waitsFor(me, order({ state: 'running', assignee: 'kim' }))).toBe(false);
});
