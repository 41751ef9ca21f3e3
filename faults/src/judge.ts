/** The ledger's judgement: what was sent, against what the server says after all the kills. */
import { existsSync, readFileSync } from 'node:fs';
import type { Alarm, Api, Notice, Page, QueryAnswer, WorkOrderAnswer, WorkOrder } from '@opsloop/contracts';
import { groupPolicyNames, policyName } from './load/definitions.js';
import { alarmsDue, windowOf, windowsDue, type Sample } from './load/ledger.js';
import { latenessMs, logHosts, loud } from './load/load.js';
import type { MailSink } from './load/mail-sink.js';

export interface Evidence {
  readonly sent: readonly Sample[];
  readonly abandoned: readonly Sample[];
  readonly mail: MailSink['received'];
  readonly effectsPath: string;
  /** Times that a process or engine was killed or frozen: each may repeat one notice. */
  readonly crashes: number;
  /** Occurrences whose acknowledgement was answered with 202. */
  readonly acknowledged: ReadonlySet<string>;
  get<T>(path: string): Promise<T>;
}

export interface Judgement {
  readonly figures: Readonly<Record<string, number | string>>;
  /** Empty: every promise was kept. */
  readonly broken: readonly string[];
}

/** A second of a log is counted when it has been over for this long. */
const countedAfterMs = 5_000;

const settled = new Set(['verified', 'not-verified', 'closed', 'failed', 'unknown', 'timed-out', 'partly-failed', 'cancelled', 'rejected']);

export async function judge(evidence: Evidence): Promise<Judgement> {
  const broken: string[] = [];
  const alarms = await everything<Api<Alarm>>(evidence, `alarms?policy=${policyName}&limit=500`);
  const notices = await everything<Api<Notice>>(evidence, 'notices?limit=500');
  const orders = await everything<Api<WorkOrder>>(evidence, 'work-orders?limit=500');
  const history = await judgeHistory(evidence, broken);
  const due = judgeAlarms(evidence, alarms, broken);
  const groupAlarms = await Promise.all(groupPolicyNames.map((name) => everything<Api<Alarm>>(evidence, `alarms?policy=${name}&limit=500`)));
  const crowds = judgeCrowds(groupAlarms.flat(), broken);
  const acknowledgements = judgeAcknowledgements(evidence, alarms, broken);
  const mails = judgeNotices(evidence, alarms, notices, broken);
  const effects = await judgeWorkOrders(evidence, alarms, orders, broken);
  return { figures: { ...history, alarmsDue: due, alarmsSeen: alarms.length, ...crowds, ...acknowledgements, ...mails, ...effects }, broken };
}

async function everything<T>({ get }: Evidence, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: Page<T> = await get(`${path}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** Every acknowledged sample counts once: COUNT and SUM of history by host and second equal those of the ledger. */
async function judgeHistory(evidence: Evidence, broken: string[]): Promise<Record<string, number>> {
  const isLog = ({ host }: Sample): boolean => logHosts.includes(host);
  const sent = evidence.sent.filter((sample) => !isLog(sample));
  const expected = windowsDue(sent);
  const uncertain = new Set(evidence.abandoned.map(windowOf));
  let counted = 0;
  for (const { name, aggregate, startMs, value } of await historyOf(evidence, 'fault.value', 'count,sum')) {
    const key = `${name} ${startMs}`;
    const wanted = expected.get(key)?.[aggregate as 'count' | 'sum'] ?? 0;
    if (aggregate === 'count') counted += value;
    if (value !== wanted && !uncertain.has(key)) broken.push(`history: ${aggregate} of ${key} is ${value}, sent were ${wanted}`);
    if (aggregate === 'sum') expected.delete(key);
  }
  for (const key of expected.keys()) broken.push(`history: the window ${key} is missing`);
  const lines = evidence.sent.filter(isLog).length;
  // The silence of a log is counted as 0 while time goes on, so what comes later than the lateness bound is dropped, and counted as such.
  const linesTooLate = evidence.sent.filter((sample) => isLog(sample) && (sample.takenMs ?? 0) - sample.timeMs >= latenessMs - countedAfterMs).length;
  const linesLost = evidence.abandoned.filter(isLog).length;
  const linesCounted = (await historyOf(evidence, 'log.line_count', 'sum')).filter(({ name }) => logHosts.includes(name)).reduce((sum, { value }) => sum + value, 0);
  if (linesCounted < lines - linesTooLate || linesCounted > lines + linesLost) broken.push(`history: ${linesCounted} log lines are counted, ${lines} were sent`);
  return { samplesSent: sent.length, samplesAbandoned: evidence.abandoned.length, samplesInHistory: counted, logLinesSent: lines, logLinesTooLate: linesTooLate, logLinesInHistory: linesCounted };
}

interface HistoryPoint {
  readonly name: string;
  readonly aggregate: string;
  readonly startMs: number;
  readonly value: number;
}

/** All windows of a second over the time of the run, ten minutes at a time. */
async function historyOf({ sent, get }: Evidence, metric: string, aggregates: string): Promise<HistoryPoint[]> {
  const times = sent.map(({ timeMs }) => timeMs);
  const fromMs = Math.floor(times.reduce((a, b) => Math.min(a, b)) / 1000) * 1000;
  // Counts of log lines stand a little later than the lines.
  const toMs = Math.ceil(times.reduce((a, b) => Math.max(a, b)) / 1000) * 1000 + 10_000;
  const points: HistoryPoint[] = [];
  for (let at = fromMs; at < toMs; at += 600_000) {
    const answer = await get<QueryAnswer>(`query?metric=${metric}&from=${at}&to=${Math.min(at + 600_000, toMs)}&step=1000&aggregate=${aggregates}&fill=none`);
    for (const { resourceName, aggregate, points: found } of answer.series) {
      for (const [startMs, value] of found) points.push({ name: resourceName, aggregate, startMs, value: value ?? 0 });
    }
  }
  return points;
}

/** Every episode of loud seconds opens one alarm, whose pendingSince is its first second. */
function judgeAlarms({ sent, abandoned }: Evidence, alarms: readonly Api<Alarm>[], broken: string[]): number {
  const due = alarmsDue(sent.filter(({ host }) => !logHosts.includes(host)), loud);
  const seen = new Map<string, number>();
  for (const alarm of alarms) {
    const key = `${alarm.resourceName} ${Date.parse(alarm.pendingSince)}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    const opened = alarm.transitions.filter((transition) => transition.type === 'alarm.opened').length;
    if (opened !== 1) broken.push(`alarm ${key} opened ${opened} times`);
  }
  for (const key of due) if (!seen.has(key)) broken.push(`alarm ${key} was due and is missing`);
  for (const [key, count] of seen) {
    if (count > 1) broken.push(`alarm ${key} is there ${count} times`);
    if (!due.has(key) && abandoned.length === 0) broken.push(`alarm ${key} was not due`);
  }
  return due.size;
}

/** What people said of an alarm stands once; one that had resolved by then takes no acknowledgement. */
function judgeAcknowledgements({ acknowledged }: Evidence, alarms: readonly Api<Alarm>[], broken: string[]): Record<string, number> {
  let kept = 0;
  for (const alarm of alarms) {
    const told = alarm.timeline.filter((entry) => entry.what === 'alarm.acknowledged').length;
    if (alarm.acknowledged) kept += 1;
    if (told !== (alarm.acknowledged ? 1 : 0)) broken.push(`alarm ${alarm.id} tells of ${told} acknowledgements`);
    if (acknowledged.has(alarm.id) && !alarm.acknowledged && alarm.state === 'open') broken.push(`alarm ${alarm.id} lost its acknowledgement`);
  }
  if (acknowledged.size > 0 && kept === 0) broken.push(`${acknowledged.size} acknowledgements were taken, and no alarm shows one`);
  return { acknowledgementsTaken: acknowledged.size, alarmsAcknowledged: kept };
}

/** How many hosts are loud at once is not the ledger's to say; that each occurrence opens once is. */
function judgeCrowds(alarms: readonly Api<Alarm>[], broken: string[]): Record<string, number> {
  for (const alarm of alarms) {
    const opened = alarm.transitions.filter((transition) => transition.type === 'alarm.opened').length;
    if (opened !== 1) broken.push(`alarm ${alarm.id} of the group opened ${opened} times`);
  }
  return { groupAlarms: alarms.length };
}

/** Every alarm was told, and at most one notice a crash was told twice. */
function judgeNotices({ mail, crashes }: Evidence, alarms: readonly Api<Alarm>[], notices: readonly Api<Notice>[], broken: string[]): Record<string, number> {
  const told = new Set(notices.filter((notice) => notice.state === 'sent').flatMap((notice) => notice.alarms.map(({ occurrence, transition }) => `${occurrence}#${transition}`)));
  for (const alarm of alarms) if (!told.has(`${alarm.id}#1`)) broken.push(`alarm ${alarm.id} was told nobody`);
  for (const notice of notices) if (notice.state !== 'sent') broken.push(`notice ${notice.id} is ${notice.state}`);
  const repeats = [...mail.values()].reduce((sum, count) => sum + count - 1, 0);
  if (repeats > crashes) broken.push(`${repeats} notices were repeated in ${crashes} crashes`);
  if (mail.size < notices.length) broken.push(`${notices.length} notices say that they were sent, ${mail.size} arrived`);
  return { noticesSent: notices.length, mailsArrived: mail.size, mailsRepeated: repeats };
}

/** At most one work order an alarm; no step with an effect ran twice; what nobody knows is unknown. */
async function judgeWorkOrders({ get, effectsPath }: Evidence, alarms: readonly Api<Alarm>[], orders: readonly Api<WorkOrder>[], broken: string[]): Promise<Record<string, number>> {
  const effects = new Map<string, number>();
  for (const key of existsSync(effectsPath) ? readFileSync(effectsPath, 'utf8').split('\n').filter(Boolean) : []) effects.set(key, (effects.get(key) ?? 0) + 1);
  for (const [key, count] of effects) if (count > 1) broken.push(`the effect of ${key} took place ${count} times`);
  const byAlarm = new Map<string, number>();
  for (const order of orders) if (order.alarm) byAlarm.set(order.alarm, (byAlarm.get(order.alarm) ?? 0) + 1);
  for (const alarm of alarms) {
    const count = byAlarm.get(alarm.id) ?? 0;
    if (count > 1) broken.push(`alarm ${alarm.id} has ${count} work orders`);
    if (count === 0 && !alarm.timeline.some((entry) => entry.what.startsWith('scenario.'))) broken.push(`alarm ${alarm.id} has no work order, and its timeline does not say why`);
  }
  let unknown = 0;
  let acted = 0;
  for (const order of orders) {
    if (!settled.has(order.state)) broken.push(`work order ${order.id} is still ${order.state}`);
    const { runDetails } = await get<WorkOrderAnswer>(`work-orders/${encodeURIComponent(order.id)}`);
    const steps = runDetails.flatMap((run) => run.results.flatMap((result) => result.steps)).filter((step) => step.step === 'act');
    const attempts = steps.flatMap((step) => step.attempts);
    if (attempts.filter((attempt) => attempt.state !== 'waiting' && attempt.state !== 'skipped').length > 1) broken.push(`work order ${order.id} tried its effect more than once`);
    if (steps.some((step) => step.state === 'unknown')) {
      unknown += 1;
      if (order.state !== 'unknown' && order.state !== 'closed') broken.push(`work order ${order.id} is ${order.state} although a step's outcome is unknown`);
    }
    acted += attempts.filter((attempt) => attempt.state === 'ok' || attempt.state === 'changed').length;
  }
  const took = [...effects.values()].reduce((sum, count) => sum + count, 0);
  if (took < acted || took > acted + unknown) broken.push(`${took} effects took place; ${acted} steps say that they did and ${unknown} are unknown`);
  return { workOrders: orders.length, effects: took, stepsDone: acted, stepsUnknown: unknown };
}
