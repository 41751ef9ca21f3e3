import { Button } from '@mantine/core';
import { useState } from 'react';
import type { WorkOrderRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import { hasScope, useMe } from '../session/me-query.js';
import { CommandDialog } from './command-dialog.js';
import styles from './work-order.module.css';
import { commandsFor, type WorkOrderCommandName } from './work-order-states.js';
import { workOrderWords } from './work-order-words.js';

const first: readonly WorkOrderCommandName[] = ['approve', 'start', 'request', 'retry'];

/** What can be asked of it now. What the reader may not do is shown with the reason. */
export function WorkOrderActions({ order }: { readonly order: WorkOrderRecord }) {
  const words = useWords(workOrderWords);
  const whyNot = useWhyNot(order);
  const [asked, setAsked] = useState<WorkOrderCommandName>();
  const commands = commandsFor(order);
  const reasons = [...new Set(commands.flatMap((command) => whyNot(command) ?? []))];
  return (
    <>
      <div className={styles['actions']}>
        {commands.map((command) => (
          <Button key={command} variant={first.includes(command) ? 'filled' : 'default'} disabled={whyNot(command) !== undefined} title={whyNot(command)} onClick={() => setAsked(command)}>
            {command === 'cancel' && order.state === 'running' ? words.command_cancelRunning : words[`command_${command}`]}
          </Button>
        ))}
        {order.state === 'running' && order.cancelRequested ? <span className={styles['soft']}>{words.cancelAsked}</span> : null}
      </div>
      {reasons.length === 0 ? null : <p className={styles['soft']}>{reasons.join(' ')}</p>}
      <CommandDialog order={order} command={asked} onClose={() => setAsked(undefined)} />
    </>
  );
}

function useWhyNot(order: WorkOrderRecord): (command: WorkOrderCommandName) => string | undefined {
  const words = useWords(workOrderWords);
  const page = useWords(pageWords);
  const me = useMe();
  return (command) => {
    const deciding = command === 'approve' || command === 'reject';
    if (!hasScope(me, deciding ? 'approve' : 'operate')) return page.needsScope(deciding ? 'approve' : 'operate');
    if (deciding && order.requester === me.name) return words.ownRequest;
    if (command === 'start' && order.state === 'assigned' && order.assignee !== undefined && order.assignee !== me.name) return words.onlyAssignee(order.assignee);
    return undefined;
  };
}
