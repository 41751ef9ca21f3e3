import type { Settings } from '@opsloop/contracts';
import type { Channel } from '@opsloop/ports';
import { createMailChannel } from './mail/create-mail-channel.js';

/** The channels that are configured, by name. One that is missing leaves its notices in the outbox. */
export function createChannels(settings: Pick<Settings, 'SMTP_URL' | 'MAIL_FROM'>): Readonly<Record<string, Channel>> {
  const { SMTP_URL: smtpUrl, MAIL_FROM: from } = settings;
  return smtpUrl === undefined ? {} : { mail: createMailChannel({ smtpUrl, from }) };
}
