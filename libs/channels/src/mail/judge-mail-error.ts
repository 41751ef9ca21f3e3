import { domainToASCII } from 'node:url';
import type { Delivery } from '@opsloop/ports';

/** What nodemailer's errors carry beside the message. */
interface MailError {
  readonly message: string;
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
  readonly recipient?: string;
  readonly rejectedErrors?: readonly MailError[];
}

type Missed = NonNullable<Extract<Delivery, { outcome: 'sent' }>['missed']>[number];

/** Refused before a server saw it, and for good: a message or an address that no server would take. */
const hopeless = new Set(['EENVELOPE', 'EMESSAGE']);

/** Not about the message but about our settings, which somebody mends (RFC 4954, section 6): no credentials, too weak, wrong, not encrypted. */
const ourSettings = new Set([530, 534, 535, 538]);

/**
 * What an error means for the message. The server's word counts where it gave one about the message: 4xx is to be tried
 * again (greylisting, a full mailbox, too many connections), 5xx is final. Trouble with the connection or the credentials,
 * a refusal in the greeting included, is to be tried again.
 */
export function judgeMailError(error: unknown): Delivery {
  const trouble = asMailError(error);
  if (trouble.rejectedErrors && trouble.rejectedErrors.length > 0) return judgeRecipients(trouble.rejectedErrors);
  const outcome = isFinal(trouble) ? 'rejected' : 'retry';
  return { outcome, reason: describe(trouble) };
}

/** Those of `to` that an accepted message did not reach, written as they are there: one that was not found again would count as reached. */
export function missedRecipients(info: { readonly rejectedErrors?: unknown }, to: readonly string[]): Missed[] {
  const errors = Array.isArray(info.rejectedErrors) ? info.rejectedErrors.map(asMailError) : [];
  return errors.flatMap((error) => {
    const { recipient = '' } = error;
    const given = to.filter((one) => mailboxOf(one) === mailboxOf(recipient));
    return (given.length > 0 ? given : [recipient]).map((one) => ({ to: one, reason: describe(error), retry: !isFinal(error) }));
  });
}

/** What is the same however it is written: nodemailer tells the server the domain in lower case and in ASCII, and quotes some names. */
function mailboxOf(address: string): string {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  return `${address.slice(0, at).replace(/^"(.*)"$/, '$1')}@${domainToASCII(domain) || domain.toLowerCase()}`;
}

/** All were refused. As long as one of them may be accepted later, the message is. */
function judgeRecipients(errors: readonly MailError[]): Delivery {
  const reason = errors.map((error) => `${error.recipient ?? ''}: ${describe(error)}`).join('; ');
  return { outcome: errors.every(isFinal) ? 'rejected' : 'retry', reason };
}

function isFinal({ code, command, responseCode }: MailError): boolean {
  if (command === 'CONN' || command === 'EHLO' || command === 'HELO' || command === 'STARTTLS') return false;
  if (code === 'EAUTH' || ourSettings.has(responseCode ?? 0)) return false;
  if (responseCode !== undefined) return responseCode >= 500;
  return code !== undefined && hopeless.has(code);
}

function describe({ message, response, code }: MailError): string {
  return response ?? (code === undefined ? message : `${message} (${code})`);
}

function asMailError(error: unknown): MailError {
  return error instanceof Error ? (error as Error & MailError) : { message: String(error) };
}
