import { useBlocker, type ShouldBlockFn } from '@tanstack/react-router';
import { useWords } from '../language/language.js';
import { ConfirmDialog } from './confirm-dialog.js';
import { pageWords } from './page-words.js';

/** Whose session has ended finds the text again after signing in, so nobody is kept from that. */
const isLeft: ShouldBlockFn = ({ current, next }) => next.pathname !== current.pathname && next.pathname !== '/sign-in';

/** Asks before a page is left on which something is written that is not saved. */
export function LeaveGuard({ unsaved, onLeave }: { readonly unsaved: boolean; onLeave(): void }) {
  const words = useWords(pageWords);
  const blocked = useBlocker({ shouldBlockFn: isLeft, disabled: !unsaved, withResolver: true });
  function leave(): void {
    onLeave();
    blocked.proceed?.();
  }
  return <ConfirmDialog opened={blocked.status === 'blocked'} title={words.leaveTitle} text={words.leaveText} confirm={words.leave} busy={false} error={null} onConfirm={leave} onClose={() => blocked.reset?.()} />;
}
