import type { DefinitionAnswer, Playbook, Schedule, ScheduleAnswer } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { definitionsQuery } from '../definition/definition-queries.js';
import { useLanguage, useWords } from '../language/language.js';
import { Facts } from '../page/facts.js';
import { Section } from '../page/page.js';
import { Ago } from '../time/ago.js';
import { toMs } from '../time/format-time.js';
import { JobList } from '../work-order/job-list.js';
import { workOrderWords } from '../work-order/work-order-words.js';
import { useComingTimes } from './coming-times.js';
import type { DraftOrder } from './draft-order.js';
import { LastOrder } from './last-order.js';
import { scheduleWords } from './schedule-words.js';
import styles from './schedule.module.css';
import { formatZoned, isSameClock, readerZone } from './zoned-time.js';

type Spec = Schedule['spec'];

/** The next times, for the reader and, where its clocks show something else, in the zone of the schedule. */
export function NextTimes({ schedule, spec }: { readonly schedule: DefinitionAnswer; readonly spec: Spec }) {
  const words = useWords(scheduleWords);
  const { language } = useLanguage();
  const times = useComingTimes(schedule);
  if (times.length === 0) return <Section title={words.times}>{words.neverText}</Section>;
  return (
    <Section title={words.times}>
      <ol className={styles['times']}>
        {times.map((at) => (
          <li key={at}>
            <Ago at={at} />
            {formatZoned(toMs(at), readerZone, language)}
            {isSameClock(toMs(at), readerZone, spec.timeZone) ? null : (
              <span>
                {formatZoned(toMs(at), spec.timeZone, language)}, {spec.timeZone}
              </span>
            )}
          </li>
        ))}
      </ol>
      <p className={styles['soft']}>{words.timesText(readerZone)}</p>
    </Section>
  );
}

const missedWords = { skip: 'skip', latest: 'latest', all: 'every' } as const;

/** What became of the times that passed, and of those that nobody could act upon. */
export function ScheduleOutcome({ schedule, spec }: { readonly schedule: ScheduleAnswer; readonly spec: Spec }) {
  const words = useWords(scheduleWords);
  return (
    <Section title={words.outcome}>
      <Facts
        facts={[
          [words.lastTime, <LastOrder key="l" schedule={schedule} />],
          [words.openedName, words.orders(schedule.opened)],
          [words.missedName, words.notMadeUp(schedule.missed)],
          [words.policy, words[missedWords[spec.missed]]],
        ]}
      />
    </Section>
  );
}

/** The order that each time opens: said in advance, because nobody is there then. */
export function ScheduledOrder({ work: workOrder }: { readonly work: DraftOrder }) {
  const words = useWords(scheduleWords);
  const orders = useWords(workOrderWords);
  const playbooks = useQuery(definitionsQuery('playbooks')).data?.items ?? [];
  const asks = (name: string): boolean => (playbooks.find((one) => one.name === name)?.definition as Playbook | undefined)?.spec.approval === 'required';
  const waits = workOrder.approval === 'required' || workOrder.jobs.some((job) => asks(job.playbook));
  return (
    <Section title={words.opens}>
      <Facts
        facts={[
          [orders.name, workOrder.title],
          [orders.type, orders[workOrder.type]],
          [
            orders.targets,
            workOrder.targets.map((target, index) => (
              <span key={target.id}>
                {index === 0 ? '' : ', '}
                {target.resource === undefined ? (
                  target.name
                ) : (
                  <Link to="/resources/$id" params={{ id: target.resource }}>
                    {target.name}
                  </Link>
                )}
              </span>
            )),
          ],
          [orders.playbooks, <JobList key="j" jobs={workOrder.jobs} />],
          [orders.needsApproval, waits ? words.waits : words.runsAtOnce],
          [orders.told, workOrder.receivers?.length ? workOrder.receivers.join(', ') : words.nobodyTold],
          ...(workOrder.content ? [[orders.content, workOrder.content] as const] : []),
        ]}
      />
    </Section>
  );
}
