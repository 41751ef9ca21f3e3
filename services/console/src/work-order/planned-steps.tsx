import { useQueries } from '@tanstack/react-query';
import type { WorkOrderRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { Empty } from '../page/empty.js';
import { Section } from '../page/page.js';
import { PlaybookSteps } from '../playbook/playbook-steps.js';
import { specOf } from '../playbook/playbooks-page.js';
import { definitionQuery } from '../definition/definition-queries.js';
import styles from './work-order.module.css';
import { workOrderWords } from './work-order-words.js';

/** Before it runs: what will be done, and where. An approver decides on this. */
export function PlannedSteps({ order }: { readonly order: WorkOrderRecord }) {
  const words = useWords(workOrderWords);
  const playbooks = useQueries({ queries: order.jobs.map((job) => definitionQuery('playbooks', job.playbook)) });
  return (
    <Section title={words.planned}>
      <div className={styles['planned']}>
        <Empty title={`${words.notRun}. ${words.plannedOn} ${order.targets.map((target) => target.name).join(', ')}`}>
          <p>{words.notRunText}</p>
        </Empty>
        {order.jobs.map((job, index) => {
          const answer = playbooks[index]?.data;
          // The version that the order names, where it is still kept.
          const kept = answer?.versions?.find((one) => one.version === job.playbookVersion);
          const spec = answer ? specOf({ ...answer, ...(kept ? { definition: kept.definition } : {}) }) : undefined;
          return spec ? <PlaybookSteps key={job.order} steps={spec.steps} /> : null;
        })}
      </div>
    </Section>
  );
}
