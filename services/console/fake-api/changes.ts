import { toApi, type Kind, type WorkOrder, type WorkOrderState } from '@opsloop/contracts';
import { backtestText } from './backtest.js';
import { newVersion } from './definitions.js';
import type { FakeEvents } from './events.js';
import { problem, type FakeAnswer, type FakeRequest } from './fake-answer.js';
import { fakeId, tenant } from './fleet.js';
import { healedIncident } from './healed-incident.js';
import { planText } from './plan.js';
import { definitionAnswer, matches, seenAlarms } from './reads.js';
import { buildLogs } from './run-logs.js';
import { buildOrder, playbookNamed } from './work-orders.js';
import type { World } from './world.js';

const states: Readonly<Record<string, WorkOrderState>> = { request: 'requested', approve: 'approved', reject: 'rejected', assign: 'assigned', start: 'ready', cancel: 'cancelled', retry: 'ready', close: 'closed' };

export function answerChange(world: World, events: FakeEvents, request: FakeRequest): FakeAnswer | undefined {
  const [noun, id = '', verb = ''] = request.path;
  switch (noun) {
    case 'simulate':
      return simulate(world, events);
    case 'alarms':
      return commandAlarm(world, events, id, verb, readJson(request) as { reason: string });
    case 'work-orders':
      return id === '' ? requestOrder(world, events, readJson(request) as Partial<WorkOrder>) : commandOrder(world, events, id, verb, readJson(request) as { reason?: string; assignee?: string });
    case 'policies':
      if (id === 'backtest') return backtestText(world, request);
      return id === 'plan' ? { status: 200, body: planText(request.body, world.definitions) } : changeDefinition(world, 'Policy', request);
    case 'schedules':
      return changeDefinition(world, 'Schedule', request);
    case 'dead-letters': {
      const letter = world.deadLetters.find((one) => matches(one.id, id));
      if (letter) Object.assign(letter, { state: 'retried', retriedBy: 'admin' });
      return letter && { status: 202, body: { accepted: true } };
    }
    case 'tokens':
      return changeTokens(world, request);
    default:
      return undefined;
  }
}

function readJson({ body }: FakeRequest): object {
  return body === '' ? {} : (JSON.parse(body) as object);
}

/** Writes down the whole incident at once; what is shown of it grows with the time. */
function simulate(world: World, events: FakeEvents): FakeAnswer {
  const demo = world.fleet.find((one) => one.name === 'opsloop-demo')!;
  const incident = healedIncident(demo, playbookNamed(world.definitions, 'demo.service.restart'), Date.now());
  world.alarms.unshift(incident.alarm);
  world.workOrders.unshift(incident.order);
  world.runs.push(incident.run);
  world.logs.push(...buildLogs(incident.run));
  world.notices.push(...incident.notices);
  world.story.outages.push(incident.outage);
  const attempts = incident.run.results[0]!.steps.flatMap((step) => step.attempts.flatMap((one) => [one.startedAtMs!, one.endedAtMs!]));
  events.plan([...Object.values(incident.alarm.trace).filter((atMs) => atMs !== undefined), ...incident.order.timeline.map((entry) => entry.atMs), ...attempts, ...incident.notices.map((one) => one.createdAtMs), incident.alarm.resolvedAtMs! + 2_000], incident.alarm.id);
  return { status: 202, body: { alarmPolicy: 'demo-service-up', text: 'The demo service was stopped.' } };
}

function commandAlarm(world: World, events: FakeEvents, id: string, verb: string, { reason }: { readonly reason: string }): FakeAnswer | undefined {
  const alarm = world.alarms.find((one) => matches(one.id, id));
  if (!alarm || seenAlarms(world).find((one) => one.id === alarm.id)?.state !== 'open') return undefined;
  const atMs = Date.now();
  if (verb === 'close') Object.assign(alarm, { state: 'resolved', resolvedAtMs: atMs, changedAtMs: atMs, closed: { by: 'admin', reason, atMs, level: alarm.level } });
  else alarm.acknowledged = { by: 'admin', reason, atMs };
  alarm.timeline.push({ atMs, what: verb === 'close' ? 'alarm.closed' : 'alarm.acknowledged', text: reason, by: 'admin' });
  events.send('alarm', alarm.id);
  return { status: 202, body: { accepted: true } };
}

function requestOrder(world: World, events: FakeEvents, body: Partial<WorkOrder>): FakeAnswer {
  if (!body.targets?.length) return problem(400, 'The work order cannot be opened.', 'It has no target.', [{ at: 'targets', message: 'is empty: name at least one' }]);
  const jobs = body.jobs!.map((job, index) => ({ ...job, order: index + 1, playbookVersion: playbookNamed(world.definitions, job.playbook).version }));
  const approval = playbookNamed(world.definitions, jobs[0]!.playbook).playbook.spec.approval ?? 'none';
  const order = buildOrder({ ...body, title: body.title!, targets: body.targets, jobs, state: 'requested', approval, requester: 'admin', createdAtMs: Date.now(), timeline: [{ atMs: Date.now(), what: 'work-order.requested', text: 'requested by admin', by: 'admin' }] });
  world.workOrders.unshift(order);
  events.send('work-order', order.id);
  return { status: 201, body: toApi(order) };
}

function commandOrder(world: World, events: FakeEvents, id: string, verb: string, body: { readonly reason?: string; readonly assignee?: string }): FakeAnswer | undefined {
  const order = world.workOrders.find((one) => matches(one.id, id));
  const state = states[verb];
  if (!order || !state) return undefined;
  if (verb === 'approve' && order.requester === 'admin') return problem(403, 'Not allowed', 'admin requested this work order, so somebody else must decide on it');
  if (verb === 'cancel' && order.state === 'running') order.cancelRequested = true;
  else order.state = state;
  if (body.assignee) order.assignee = body.assignee;
  if (verb === 'approve') order.approver = 'admin';
  order.timeline.push({ atMs: Date.now(), what: `work-order.${state}`, text: `${verb} by admin${body.reason ? `: ${body.reason}` : ''}`, by: 'admin' });
  events.send('work-order', order.id);
  return { status: 200, body: toApi(order) };
}

function changeDefinition(world: World, kind: Kind, { method, path, query, body: source }: FakeRequest): FakeAnswer | undefined {
  const name = path[1]!;
  const place = world.definitions.findIndex((one) => one.kind === kind && one.name === name && !one.deleted);
  if (world.definitions[place]?.managedBy === 'file') return problem(409, 'Conflict', `${name} is managed by a file: change it there.`);
  if (method === 'DELETE') {
    if (place < 0) return undefined;
    const users = world.definitions.filter((one) => !one.deleted && one.name !== name && JSON.stringify(one.versions.at(-1)).includes(`"${name}"`));
    if (users.length > 0 && query.get('force') !== 'true') return problem(409, 'Conflict', `${kind} ${name} is used`, users.map((user) => ({ at: `${user.kind} ${user.name}`, message: 'names it' })));
    world.definitions[place] = { ...world.definitions[place]!, deleted: true };
    return { status: 204 };
  }
  const plan = planText(source, world.definitions);
  if (plan.errors.length > 0) return problem(400, 'The definition cannot be used.', 'See the errors.', plan.errors.map((error) => ({ at: `line ${error.line}, ${error.path}`, message: error.message })));
  const edited = query.get('version');
  const inForce = world.definitions[place]?.versions.at(-1);
  if (edited !== null && Number(edited) !== (inForce?.version ?? 0)) return problem(409, 'Conflict', `${kind} ${name} was saved as version ${inForce?.version} by ${inForce?.author}.`);
  const record = newVersion(world.definitions[place], source, 'admin', Date.now());
  if (place >= 0) world.definitions[place] = record;
  else world.definitions.push(record);
  return { status: 200, body: definitionAnswer(world, record) };
}

function changeTokens(world: World, request: FakeRequest): FakeAnswer | undefined {
  const name = request.path[1];
  if (request.method === 'DELETE') {
    const place = world.tokens.findIndex((token) => token.name === name);
    if (place < 0) return undefined;
    world.tokens.splice(place, 1);
    return { status: 204 };
  }
  const body = readJson(request) as { name: string; scopes: ('read' | 'ingest')[] };
  if (world.tokens.some((token) => token.name === body.name)) return problem(409, 'Conflict', `A token named "${body.name}" exists already: choose another name, or delete that one first.`);
  world.tokens.push({ id: `${tenant}/${body.name}`, tenant, name: body.name, hash: '', scopes: body.scopes, createdAtMs: Date.now(), createdBy: 'admin' });
  return { status: 201, body: { name: body.name, secret: `ops_${fakeId(body.name)}${fakeId(`${body.name}2`)}`.slice(0, 47) } };
}
