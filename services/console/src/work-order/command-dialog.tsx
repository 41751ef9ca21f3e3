import { Button, Checkbox, Group, Modal, Radio, Stack, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { apiSend } from '../api/client.js';
import type { WorkOrderRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { useMinute } from '../time/clock.js';
import { toMs } from '../time/format-time.js';
import type { WorkOrderCommandName } from './work-order-states.js';
import { workOrderWords } from './work-order-words.js';

const retryTargets = ['failed', 'failed-and-unknown', 'all'] as const;

interface CommandDialogProps {
  readonly order: WorkOrderRecord;
  /** Undefined: closed. */
  readonly command: WorkOrderCommandName | undefined;
  onClose(): void;
}

/** Says what will happen, where and how to undo it, before it does. */
export function CommandDialog({ order, command, onClose }: CommandDialogProps) {
  const words = useWords(workOrderWords);
  const page = useWords(pageWords);
  const name = command === 'cancel' && order.state === 'running' ? 'cancelRunning' : command;
  return (
    <Modal opened={command !== undefined} onClose={onClose} title={name === undefined ? '' : `${words[`command_${name}`]}: ${order.title}`} closeButtonProps={{ 'aria-label': page.close }}>
      {command === undefined || name === undefined ? null : <CommandForm key={command} order={order} command={command} name={name} onClose={onClose} />}
    </Modal>
  );
}

interface CommandFormProps {
  readonly order: WorkOrderRecord;
  readonly command: WorkOrderCommandName;
  readonly name: WorkOrderCommandName | 'cancelRunning';
  onClose(): void;
}

function CommandForm({ order, command, name, onClose }: CommandFormProps) {
  const words = useWords(workOrderWords);
  const page = useWords(pageWords);
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const [assignee, setAssignee] = useState(order.assignee ?? '');
  const [targets, setTargets] = useState<string>('failed');
  const [now, setNow] = useState(false);
  const nowMs = useMinute();
  const early = command === 'start' && order.desiredAt !== undefined && toMs(order.desiredAt) > nowMs;
  const send = useMutation({
    mutationFn: () => apiSend('POST', `work-orders/${encodeURIComponent(order.id)}/${command}`, { reason: reason.trim(), ...(command === 'assign' && { assignee: assignee.trim() }), ...(command === 'retry' && { targets }), ...(early && { now }) }),
    onSuccess() {
      onClose();
      void queryClient.invalidateQueries({ queryKey: ['work-orders'] });
    },
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <Stack gap="md">
        <CommandText order={order} name={name} />
        {command === 'assign' ? <TextInput label={words.assigneeName} required data-autofocus value={assignee} onChange={(event) => setAssignee(event.currentTarget.value)} /> : null}
        {command === 'retry' ? (
          <Radio.Group label={words.retryTargets} value={targets} onChange={setTargets}>
            <Stack gap="xs" mt="xs">
              {retryTargets.map((value) => (
                <Radio key={value} value={value} label={words[`retry_${value}`]} color="var(--inverse)" iconColor="var(--on-inverse)" />
              ))}
            </Stack>
          </Radio.Group>
        ) : null}
        {early ? <Checkbox label={words.startNow} checked={now} onChange={(event) => setNow(event.currentTarget.checked)} /> : null}
        <Textarea label={words.reason} autosize minRows={2} maxLength={2000} value={reason} onChange={(event) => setReason(event.currentTarget.value)} {...(command === 'assign' ? {} : { 'data-autofocus': true })} />
        {send.error ? <ProblemNotice error={send.error} /> : null}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {command === 'cancel' ? page.close : page.cancel}
          </Button>
          <Button type="submit" loading={send.isPending} disabled={command === 'assign' && assignee.trim() === ''}>
            {words[`command_${name}`]}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function CommandText({ order, name }: { readonly order: WorkOrderRecord; readonly name: WorkOrderCommandName | 'cancelRunning' }) {
  const words = useWords(workOrderWords);
  const count = order.targets.length;
  if (name === 'start') return <p>{words.text_start(count, order.targets[0]!.name)}</p>;
  return <p>{name === 'approve' ? words.text_approve(count) : words[`text_${name}`]}</p>;
}
