import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { apiSend } from '../api/client.js';
import type { AlarmRecord } from '../api/records.js';
import { useWords } from '../language/language.js';
import { pageWords } from '../page/page-words.js';
import { ProblemNotice } from '../page/problem.js';
import { hasScope, useMe } from '../session/me-query.js';
import { acknowledgeWords } from './acknowledge-words.js';
import { closeWords } from './close-words.js';

type AlarmCommandName = 'acknowledge' | 'close';
/** What is not seen after this time has not been done, and may be asked for again. */
const longestMs = 10_000;
const wordsOf = { acknowledge: acknowledgeWords, close: closeWords } as const;

interface ButtonProps {
  readonly alarm: AlarmRecord;
  readonly command: AlarmCommandName;
  readonly size?: 'xs' | 'sm' | 'md';
  readonly fullWidth?: boolean;
}

/** The button of a row or a header, with the dialog that says what it does. */
export function AlarmCommandButton({ alarm, command, size = 'xs', fullWidth = false }: ButtonProps) {
  const words = useWords(wordsOf[command]);
  const page = useWords(pageWords);
  const allowed = hasScope(useMe(), 'operate');
  const [opened, setOpened] = useState(false);
  const [sent, setSent] = useState(false);
  const queryClient = useQueryClient();
  useEffect(() => {
    if (!sent) return undefined;
    const timer = setTimeout(() => void queryClient.invalidateQueries({ queryKey: ['alarms'] }).then(() => setSent(false)), longestMs);
    return () => clearTimeout(timer);
  }, [sent, queryClient]);
  if (alarm.state !== 'open' || (command === 'acknowledge' && alarm.acknowledged)) return null;
  const filled = command === 'acknowledge' && size !== 'xs';
  return (
    <>
      <Button size={size} fullWidth={fullWidth} variant={filled ? 'filled' : 'default'} disabled={!allowed || sent} title={allowed ? undefined : page.needsScope('operate')} onClick={() => setOpened(true)}>
        {sent ? words.underWay : words.name}
      </Button>
      <CommandDialog alarm={alarm} command={command} opened={opened} onClose={() => setOpened(false)} onSent={() => setSent(true)} />
    </>
  );
}

interface DialogProps {
  readonly alarm: AlarmRecord;
  readonly command: AlarmCommandName;
  readonly opened: boolean;
  onClose(): void;
  onSent(): void;
}

function CommandDialog({ alarm, command, opened, onClose, onSent }: DialogProps) {
  const words = useWords(wordsOf[command]);
  const page = useWords(pageWords);
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const send = useMutation({
    mutationFn: () => apiSend('POST', `alarms/${encodeURIComponent(alarm.id)}/${command}`, { reason: reason.trim() }),
    onSuccess() {
      onSent();
      onClose();
      void queryClient.invalidateQueries({ queryKey: ['alarms'] });
    },
  });
  // Who closes against the measurements says why; that somebody looks after it needs no reason.
  const isMissing = command === 'close' && reason.trim() === '';
  return (
    <Modal opened={opened} onClose={onClose} title={words.title(alarm.resourceName)} closeButtonProps={{ 'aria-label': page.close }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate();
        }}
      >
        <p>{words.text}</p>
        <Textarea mt="md" label={words.reason} placeholder={words.reasonHint} required={command === 'close'} autosize minRows={2} maxLength={2000} data-autofocus value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {send.error ? <ProblemNotice error={send.error} /> : null}
        <Group mt="md" justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {page.cancel}
          </Button>
          <Button type="submit" loading={send.isPending} disabled={isMissing}>
            {words.name}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}
