import { collections, type Level, type Notice } from '@opsloop/contracts';
import { identityOf, newNotice, textToHtml, wordingIn, type Wording } from '@opsloop/domain';
import type { ServiceContext } from '@opsloop/runtime';
import { findThread } from './find-thread.js';
import { createTellingDefinitions } from './telling-definitions.js';

export interface NoticeRequest {
  readonly tenant: string;
  /** Names of receivers. One that is not defined is told in the timelines of the alarms. */
  readonly receivers: readonly string[];
  readonly kind: 'work-order' | 'escalation';
  /** Identity: the same key is told to a receiver once, however often it is asked for. */
  readonly key: string;
  /** Notices that share it show as one conversation; the id of an alarm joins the conversation about it. */
  readonly threadKey: string;
  readonly level?: Level;
  readonly alarmIds: readonly string[];
  readonly subject: Wording;
  readonly text: Wording;
}

export interface NoticeQueue {
  queueNotice(request: NoticeRequest): Promise<void>;
}

export interface NoticeQueueHooks {
  /** Runs after notices were stored, to wake those who send and announce them. */
  onQueued?(): void;
  onUndefinedReceiver?(request: NoticeRequest, receiver: string): Promise<void>;
}

/** Notices that are not about a group of alarms: each goes out by itself, once per receiver and key. */
export function createNoticeQueue(context: Pick<ServiceContext, 'documents' | 'clock'>, hooks: NoticeQueueHooks = {}): NoticeQueue {
  const { documents, clock } = context;
  const notices = documents.collection<Notice>(collections.notices);
  const definitions = createTellingDefinitions(documents);

  return {
    async queueNotice(request) {
      for (const name of new Set(request.receivers)) {
        const receiver = await definitions.receiver(request.tenant, name);
        if (!receiver) {
          await hooks.onUndefinedReceiver?.(request, name);
          continue;
        }
        const subject = wordingIn(receiver.language, request.subject);
        const text = wordingIn(receiver.language, request.text);
        await notices.insert(
          newNotice(
            {
              id: identityOf(request.tenant, 'notice', request.key, name, receiver.channel),
              tenant: request.tenant,
              groupKey: request.key,
              threadKey: (await findThread(documents, request.threadKey, name)) ?? request.threadKey,
              flush: 1,
              receiver: name,
              channel: receiver.channel,
              kind: request.kind,
              to: receiver.to,
              subject,
              text,
              html: textToHtml(receiver.language, subject, text),
              ...(request.level && { level: request.level }),
              alarms: [],
              alarmIds: [...request.alarmIds],
            },
            clock.now(),
          ),
        );
      }
      hooks.onQueued?.();
    },
  };
}
