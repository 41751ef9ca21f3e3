/** Mail over SMTP through nodemailer: one pool of connections, one message per notice. */
import { createHash } from 'node:crypto';
import type { Channel, Delivery, Message } from '@opsloop/ports';
import { createTransport } from 'nodemailer';
import { judgeMailError, missedRecipients } from './judge-mail-error.js';
import { isMailAddress } from './mail-address.js';

export interface MailChannelOptions {
  /**
   * smtp://user:password@host:port or smtps://... As nodemailer reads it: smtp: uses STARTTLS where the server offers it,
   * `?requireTLS=true` insists on it, `?ignoreTLS=true` does without.
   */
  readonly smtpUrl: string;
  /** Sender, for example `Opsloop <opsloop@example.com>`. */
  readonly from: string;
  readonly timeouts?: Partial<MailTimeouts>;
}

export interface MailTimeouts {
  /** To look up the name and to connect, ms. */
  readonly connectMs: number;
  /** From the connection to the greeting, ms. */
  readonly greetingMs: number;
  /** Without a byte from the server, ms. */
  readonly silenceMs: number;
}

export interface MailChannel extends Channel {
  /** Closes idle connections at once and the others after their message. */
  close(): void;
}

const maxConnections = 8;
const idleMs = 30_000;
const defaultTimeouts: MailTimeouts = { connectMs: 10_000, greetingMs: 15_000, silenceMs: 20_000 };

/**
 * The Message-ID comes from the idempotency key, so a message that is sent again is the same message; messages with one
 * thread key refer to the same, never sent, first message, which mail programs show as one conversation. A message that the
 * server refuses for good (5xx) is rejected, everything else is to be tried again.
 */
export function createMailChannel({ smtpUrl, from, timeouts }: MailChannelOptions): MailChannel {
  const { connectMs, greetingMs, silenceMs } = { ...defaultTimeouts, ...timeouts };
  const transport = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections,
    // A message goes back to the queue by itself only when no byte of it was sent.
    maxRequeues: 1,
    idleTimeout: idleMs,
    connectionTimeout: connectMs,
    dnsTimeout: connectMs,
    greetingTimeout: greetingMs,
    socketTimeout: silenceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // A failed connection fails its message too; without a listener the event would end the process.
  transport.on('error', () => undefined);
  const domain = domainOf(from);

  async function send(message: Message, signal: AbortSignal): Promise<Delivery> {
    const to = message.to.filter(isMailAddress);
    const malformed = message.to.filter((one) => !isMailAddress(one)).map((one) => ({ to: one, reason: 'is not a mail address', retry: false }));
    if (to.length === 0) return { outcome: 'rejected', reason: malformed.map((one) => `${one.to} ${one.reason}`).join(', ') || 'there is no address to send to' };
    if (signal.aborted) return { outcome: 'retry', reason: 'it was stopped before it began' };
    try {
      const info = await transport.sendMail({ ...mailOf(message, to, from, domain), signal });
      const missed = [...malformed, ...missedRecipients(info, to)];
      return { outcome: 'sent', receipt: info.response, ...(missed.length > 0 && { missed }) };
    } catch (error) {
      return judgeMailError(error);
    }
  }

  return { name: 'mail', send, close: () => transport.close() };
}

function mailOf(message: Message, to: readonly string[], from: string, domain: string) {
  const thread = `<thread-${hashOf(message.threadKey)}@${domain}>`;
  return {
    from,
    to: to.map((address) => ({ name: '', address })),
    subject: message.subject.replaceAll(/[\r\n]+/g, ' '),
    text: message.text,
    ...(message.html !== undefined && { html: message.html }),
    messageId: `<${hashOf(message.idempotencyKey)}@${domain}>`,
    inReplyTo: thread,
    references: [thread],
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  };
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

/** Of the sender's address; Message-IDs are unique within it. */
function domainOf(from: string): string {
  return /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
}
