import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { apiSend } from '../api/client.js';
import type { AlarmRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { hasScope, useMe } from '../session/me-query.js';
import { alarmWords } from './alarm-words.js';

/** The button of a row or a header, with the dialog that says what it does. */
export function AcknowledgeButton({ alarm, size = 'xs', fullWidth = false }: { readonly alarm: AlarmRecord; readonly size?: 'xs' | 'sm' | 'md'; readonly fullWidth?: boolean }) {
  const words = useWords(alarmWords);
  const page = useWords(pageWords);
  const allowed = hasScope(useMe(), 'operate');
  const [opened, setOpened] = useState(false);
  const [sent, setSent] = useState(false);
  if (alarm.state !== 'open' || alarm.acknowledged) return null;
  return (
    <>
      <Button size={size} fullWidth={fullWidth} variant={size === 'xs' ? 'default' : 'filled'} disabled={!allowed || sent} title={allowed ? undefined : page.needsScope('operate')} onClick={() => setOpened(true)}>
        {sent ? words.acknowledging : words.acknowledge}
      </Button>
      <AcknowledgeDialog alarm={alarm} opened={opened} onClose={() => setOpened(false)} onSent={() => setSent(true)} />
    </>
  );
}

interface DialogProps {
  readonly alarm: AlarmRecord;
  readonly opened: boolean;
  onClose(): void;
  onSent(): void;
}

function AcknowledgeDialog({ alarm, opened, onClose, onSent }: DialogProps) {
  const words = useWords(alarmWords);
  const page = useWords(pageWords);
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const acknowledge = useMutation({
    mutationFn: () => apiSend('POST', `alarms/${encodeURIComponent(alarm.id)}/acknowledge`, { reason: reason.trim() }),
    onSuccess() {
      onSent();
      onClose();
      void queryClient.invalidateQueries({ queryKey: ['alarms'] });
    },
  });
  return (
    <Modal opened={opened} onClose={onClose} title={words.ackTitle(alarm.resourceName)} closeButtonProps={{ 'aria-label': page.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          acknowledge.mutate();
        }}
      >
        <p>{words.ackText}</p>
        <Textarea mt="md" label={words.reason} placeholder={words.reasonHint} autosize minRows={2} maxLength={2000} data-autofocus value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {acknowledge.error ? <ProblemNotice error={acknowledge.error} /> : null}
        <Group mt="md" justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {page.cancel}
          </Button>
          <Button type="submit" loading={acknowledge.isPending}>
            {words.acknowledge}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
