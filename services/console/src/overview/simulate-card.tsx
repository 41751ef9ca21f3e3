import { Button } from '@mantine/core';
import type { SimulateAnswer } from '@opsloop/contracts';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { alarmQuery } from '../alarm/alarm-queries.js';
import { apiGet, apiSend } from '../api/client.js';
import type { AlarmRecord } from '../api/records.js';
import { shortId } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import { Section } from '../page/page.js';
import { ProblemNotice } from '../page/problem.js';
import { hasScope, useMe } from '../session/me-query.js';
import { Icon } from '../shell/icon.js';
import { formatLength } from '../time/format-time.js';
import { incidentSteps } from './incident-steps.js';
import { overviewWords } from './overview-words.js';
import styles from './simulate.module.css';

interface Begun {
  readonly policy: string;
  readonly atMs: number;
}
const storageKey = 'opsloop.incident';

function readBegun(): Begun | undefined {
  try {
    const begun = JSON.parse(sessionStorage.getItem(storageKey) ?? 'null') as Begun | null;
    return begun !== null && typeof begun.atMs === 'number' && typeof begun.policy === 'string' ? begun : undefined;
  } catch {
    return undefined;
  }
}

/** Tries the loop: says what will happen, does it, and shows it happening. */
export function SimulateCard() {
  const words = useWords(overviewWords);
  const page = useWords(pageWords);
  const me = useMe();
  const queryClient = useQueryClient();
  const [begun, setBegun] = useState(readBegun);
  function remember(next: Begun | undefined): void {
    if (next) sessionStorage.setItem(storageKey, JSON.stringify(next));
    else sessionStorage.removeItem(storageKey);
    setBegun(next);
  }
  const simulate = useMutation({
    async mutationFn() {
      const atMs = Date.now();
      const { alarmPolicy } = await apiSend<SimulateAnswer>('POST', 'simulate', { incident: 'service-down' });
      return { policy: alarmPolicy, atMs };
    },
    onSuccess(next) {
      remember(next);
      void queryClient.invalidateQueries({ queryKey: ['alarms'] });
    },
  });
  const allowed = hasScope(me, 'operate');
  const button = (label: string) => (
    <Button onClick={() => simulate.mutate()} loading={simulate.isPending} disabled={!allowed} leftSection={<Icon name="zap" />} variant={begun ? 'default' : 'filled'}>
      {label}
    </Button>
  );
  return (
    <Section title={words.tryTitle}>
      <div className={styles['card']}>
        {begun ? <Tracker begun={begun} /> : <p className={styles['text']}>{me.demo ? words.tryText : words.noDemo}</p>}
        {simulate.error ? <ProblemNotice error={simulate.error} /> : null}
        {me.demo ? (
          <div className={styles['buttons']}>
            {button(begun ? words.tryAgain : words.tryButton)}
            {begun ? (
              <Button variant="subtle" onClick={() => remember(undefined)}>
                {words.hideTracker}
              </Button>
            ) : null}
            {allowed ? null : <span className={styles['text']}>{page.needsScope('operate')}</span>}
          </div>
        ) : null}
      </div>
    </Section>
  );
}

/** The alarm that an incident opened: the newest of its policy since then. */
function useIncidentAlarm({ policy, atMs }: Begun) {
  const found = useQuery({
    queryKey: ['alarms', 'incident', policy, atMs],
    queryFn: ({ signal }) => apiGet<{ items: AlarmRecord[] }>('alarms', { policy, limit: 5 }, signal),
    refetchInterval: (query) => (query.state.data?.items.some((alarm) => Date.parse(alarm.trace.judged) >= atMs) ? false : 1_500),
  });
  const alarm = found.data?.items.find((one) => Date.parse(one.trace.judged) >= atMs);
  const detail = useQuery({ ...alarmQuery(alarm?.id ?? ''), enabled: alarm !== undefined });
  return alarm === undefined ? undefined : detail.data;
}

function Tracker({ begun }: { readonly begun: Begun }) {
  const words = useWords(overviewWords);
  const { language } = useLanguage();
  const alarm = useIncidentAlarm(begun);
  const steps = incidentSteps(begun.atMs, alarm);
  const next = steps.findIndex((step) => step.atMs === undefined);
  const verifiedAtMs = steps.find((step) => step.name === 'stepVerified')?.atMs;
  return (
    <>
      <ol className={styles['steps']} aria-live="polite">
        {steps.map((step, index) => (
          <li key={step.name} data-state={step.atMs === undefined ? (index === next ? 'next' : 'later') : 'done'}>
            <span className={styles['dot']}>{step.atMs === undefined ? null : <Icon name="check" size={12} />}</span>
            <span className={styles['step']}>{words[step.name]}</span>
            <span className={styles['when']}>{step.atMs === undefined || index === 0 ? '' : `+${formatLength(step.atMs - begun.atMs, language)}`}</span>
          </li>
        ))}
      </ol>
      <p className={styles['text']}>{verifiedAtMs === undefined ? words.tracking : words.tracked(formatLength(verifiedAtMs - begun.atMs, language))}</p>
      {alarm ? (
        <p>
          <Link to="/alarms/$id" params={{ id: shortId(alarm.id) }}>
            {words.openTimeline}
          </Link>
        </p>
      ) : null}
    </>
  );
}
