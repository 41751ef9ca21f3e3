import { Button, Group, Modal } from '@mantine/core';
import { useWords } from '../language/language.js';
import { pageWords } from './page-words.js';
import { ProblemNotice } from './problem.js';

interface ConfirmDialogProps {
  readonly opened: boolean;
  readonly title: string;
  /** What will happen then, and where. */
  readonly text: string;
  readonly confirm: string;
  readonly busy: boolean;
  readonly error: Error | null;
  onConfirm(): void;
  onClose(): void;
}

/** Asks before something is done that cannot be undone; the focus lies on the way back. */
export function ConfirmDialog({ opened, title, text, confirm, busy, error, onConfirm, onClose }: ConfirmDialogProps) {
  const page = useWords(pageWords);
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': page.close }}>
      <p>{text}</p>
      {error ? <ProblemNotice error={error} /> : null}
      <Group mt="md" justify="flex-end">
        <Button variant="default" data-autofocus onClick={onClose}>
          {page.cancel}
        </Button>
        <Button loading={busy} onClick={onConfirm}>
          {confirm}
        </Button>
      </Group>
    </Modal>
  );
}
