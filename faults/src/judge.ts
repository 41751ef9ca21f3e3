/** The ledger's judgement: what was sent, against what the server says after all the kills. */
import { existsSync, readFileSync } from 'node:fs';
import type { Alarm, Api, Notice, Page, QueryAnswer, WorkOrderAnswer, WorkOrder } from '@opsloop/contracts';
import { policyName } from './definitions.js';
import { loud, type Sample } from './load.js';
import type { MailSink } from './mail-sink.js';

export interface Evidence {
  readonly sent: readonly Sample[];
  readonly abandoned: readonly Sample[];
  readonly mail: MailSink['received'];
  readonly effectsPath: string;
  readonly kills: number;
  /** Occurrences whose acknowledgement was answered with 202. */
  readonly acknowledged: ReadonlySet<string>;
  get<T>(path: string): Promise<T>;
}

export interface Judgement {
  readonly figures: Readonly<Record<string, number>>;
  /** Empty: every promise was kept. */
  readonly broken: readonly string[];
}

const settled = new Set(['verified', 'not-verified', 'closed', 'failed', 'unknown', 'timed-out', 'partly-failed', 'cancelled', 'rejected']);

export async function judge(evidence: Evidence): Promise<Judgement> {
  const broken: string[] = [];
  const alarms = await everything<Api<Alarm>>(evidence, `alarms?policy=${policyName}&limit=500`);
  const notices = await everything<Api<Notice>>(evidence, 'notices?limit=500');
  const orders = await everything<Api<WorkOrder>>(evidence, 'work-orders?limit=500');
  const history = await judgeHistory(evidence, broken);
  const due = judgeAlarms(evidence, alarms, broken);
  const acknowledgements = judgeAcknowledgements(evidence, alarms, broken);
  const mails = judgeNotices(evidence, alarms, notices, broken);
  const effects = await judgeWorkOrders(evidence, alarms, orders, broken);
  return { figures: { samplesSent: evidence.sent.length, samplesAbandoned: evidence.abandoned.length, ...history, alarmsDue: due, alarmsSeen: alarms.length, ...acknowledgements, ...mails, ...effects }, broken };
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
async function judgeHistory({ sent, abandoned, get }: Evidence, broken: string[]): Promise<Record<string, number>> {
  const expected = new Map<string, { count: number; sum: number }>();
  for (const { host, timeMs, value } of sent) {
    const key = `${host} ${Math.floor(timeMs / 1000) * 1000}`;
    const known = expected.get(key) ?? { count: 0, sum: 0 };
    expected.set(key, { count: known.count + 1, sum: known.sum + value });
  }
  const uncertain = new Set(abandoned.map(({ host, timeMs }) => `${host} ${Math.floor(timeMs / 1000) * 1000}`));
  const times = sent.map(({ timeMs }) => timeMs);
  const fromMs = Math.floor(Math.min(...times) / 1000) * 1000;
  const toMs = Math.ceil(Math.max(...times) / 1000) * 1000 + 1000;
  let counted = 0;
  for (let at = fromMs; at < toMs; at += 600_000) {
    const answer = await get<QueryAnswer>(`query?metric=fault.value&from=${at}&to=${Math.min(at + 600_000, toMs)}&step=1000&aggregate=count,sum&fill=none`);
    for (const { resourceName, aggregate, points } of answer.series) {
      for (const [startMs, value] of points) {
        const key = `${resourceName} ${startMs}`;
        const wanted = expected.get(key)?.[aggregate as 'count' | 'sum'] ?? 0;
        if (aggregate === 'count') counted += value ?? 0;
        if (value !== wanted && !uncertain.has(key)) broken.push(`history: ${aggregate} of ${key} is ${value}, sent were ${wanted}`);
        if (aggregate === 'sum') expected.delete(key);
      }
    }
  }
  for (const key of expected.keys()) broken.push(`history: the window ${key} is missing`);
  return { samplesInHistory: counted };
}

/** Every episode of loud seconds opens one alarm, whose pendingSince is its first second. */
function judgeAlarms({ sent, abandoned }: Evidence, alarms: readonly Api<Alarm>[], broken: string[]): number {
  const due = new Set<string>();
  const uncertainHosts = new Map<string, number>();
  for (const { host, timeMs } of abandoned) uncertainHosts.set(host, Math.min(uncertainHosts.get(host) ?? Infinity, timeMs));
  const byHost = groupByHost(sent);
  for (const [host, samples] of byHost) {
    const seconds = [...new Map(samples.map((sample) => [Math.floor(sample.timeMs / 1000), sample.value]))].toSorted(([a], [b]) => a - b);
    for (const [index, [second, value]] of seconds.entries()) if (value === loud && seconds[index - 1]?.[1] !== loud) due.add(`${host} ${second * 1000}`);
  }
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

function groupByHost(samples: readonly Sample[]): Map<string, Sample[]> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples) groups.set(sample.host, [...(groups.get(sample.host) ?? []), sample]);
  return groups;
}

/** Every alarm was told, and at most one notice a crash was told twice. */
function judgeNotices({ mail, kills }: Evidence, alarms: readonly Api<Alarm>[], notices: readonly Api<Notice>[], broken: string[]): Record<string, number> {
  const told = new Set(notices.filter((notice) => notice.state === 'sent').flatMap((notice) => notice.alarms.map(({ occurrence, transition }) => `${occurrence}#${transition}`)));
  for (const alarm of alarms) if (!told.has(`${alarm.id}#1`)) broken.push(`alarm ${alarm.id} was told nobody`);
  for (const notice of notices) if (notice.state !== 'sent') broken.push(`notice ${notice.id} is ${notice.state}`);
  const repeats = [...mail.values()].reduce((sum, count) => sum + count - 1, 0);
  if (repeats > kills) broken.push(`${repeats} notices were repeated in ${kills} crashes`);
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
