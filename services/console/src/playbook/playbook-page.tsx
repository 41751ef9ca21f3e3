import type { DefinitionAnswer, Playbook } from '@opsloop/contracts';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import alarmStyles from '../alarm/alarm.module.css';
import { shortId } from '../api/records.js';
import { useLanguage, useWords } from '../language/language.js';
import { Facts } from '../page/facts.js';
import { LinkButton } from '../page/link-button.js';
import { Loaded } from '../page/loaded.js';
import { PageFrame, Section } from '../page/page.js';
import { definitionTitle } from '../definition/definition-title.js';
import { definitionQuery } from '../definition/definition-queries.js';
import { Ago } from '../time/ago.js';
import { StateMark } from '../work-order/state-mark.js';
import { shownState } from '../work-order/work-order-states.js';
import { workOrdersOfQuery } from '../work-order/work-order-queries.js';
import { playbookRecord } from './playbook-record.js';
import { PlaybookSteps } from './playbook-steps.js';
import { playbookWords } from './playbook-words.js';
import { specOf } from './playbooks-page.js';
import { RequestForm } from './request-form.js';

export function PlaybookPage() {
  const { name } = useParams({ from: '/app/playbooks/$name' });
  const playbook = useQuery(definitionQuery('playbooks', name));
  return <Loaded query={playbook} height={480}>{(found) => <PlaybookContent playbook={found} />}</Loaded>;
}

function PlaybookContent({ playbook }: { readonly playbook: DefinitionAnswer }) {
  const words = useWords(playbookWords);
  const { language } = useLanguage();
  const spec = specOf(playbook);
  if (!spec) return null;
  return (
    <PageFrame
      title={definitionTitle(playbook, language)}
      above={
        <Link to="/playbooks" className={alarmStyles['back']}>
          {words.all}
        </Link>
      }
      lead={`${playbook.name}, ${words.version(playbook.version)}`}
      beside={
        <LinkButton variant="default" to="/schedules/new" search={{ playbook: playbook.name }}>
          {words.scheduleIt}
        </LinkButton>
      }
    >
      <div className={alarmStyles['columns']}>
        <div className={alarmStyles['side']}>
          <Section title={words.steps}>
            <PlaybookSteps steps={spec.steps} />
          </Section>
          <PlaybookFacts spec={spec} />
          <PlaybookResults name={playbook.name} />
        </div>
        <Section title={words.request}>
          <RequestForm key={playbook.name} playbook={playbook} spec={spec} />
        </Section>
      </div>
    </PageFrame>
  );
}

function PlaybookFacts({ spec }: { readonly spec: Playbook['spec'] }) {
  const words = useWords(playbookWords);
  const { canary, batch, maxFail } = spec.strategy;
  const strategy = [...(canary === undefined ? [] : [words.canary(String(canary))]), ...(batch === undefined ? [] : [words.batch(String(batch))]), ...(maxFail === undefined ? [] : [words.maxFail(String(maxFail))])];
  return (
    <Section>
      <Facts
        facts={[
          ...(spec.for ? [[words.for, [spec.for.class, spec.for.category, spec.for.software, spec.for.versions === undefined ? undefined : `${words.versions} ${spec.for.versions}`].filter((part) => part !== undefined).join(' · ')] as const] : []),
          [words.strategy, strategy.length === 0 ? words.allAtOnce : strategy.join(', ')],
          ...(spec.verify
            ? [
                [
                  words.verify,
                  <span key="v">
                    <Link to="/policies/$name" params={{ name: spec.verify.policy }}>
                      {spec.verify.policy}
                    </Link>
                    : {words.holds(spec.verify.holds, spec.verify.within)}
                  </span>,
                ] as const,
              ]
            : []),
          ...(spec.sop === undefined
            ? []
            : [
                [
                  words.sop,
                  <a key="s" href={spec.sop} target="_blank" rel="noreferrer">
                    {spec.sop}
                  </a>,
                ] as const,
              ]),
        ]}
      />
    </Section>
  );
}

function PlaybookResults({ name }: { readonly name: string }) {
  const words = useWords(playbookWords);
  const orders = useQuery(workOrdersOfQuery({ playbook: name }));
  return (
    <Section title={words.results}>
      <Loaded query={orders} height={80}>
        {({ items }) => {
          const record = playbookRecord(items, name);
          if (record.orders.length === 0) return <p className={alarmStyles['soft']}>{words.noResults}</p>;
          return (
            <>
              {record.judged > 0 ? <p>{words.proven(record.verified, record.judged)}</p> : null}
              <ul className={alarmStyles['items']}>
                {record.orders.slice(0, 6).map((order) => (
                  <li key={order.id}>
                    <Link to="/work-orders/$id" params={{ id: shortId(order.id) }} className={alarmStyles['item']}>
                      <b>{order.title}</b>
                      <StateMark state={shownState(order)} />
                      <span className={alarmStyles['soft']}>
                        <Ago at={order.changedAt} />
                      </span>
                    </Link>
                  </li>
                ))}
              </ul>
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}
