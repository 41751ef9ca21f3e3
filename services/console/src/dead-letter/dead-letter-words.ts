import { defineWords } from '../language/words.js';

export const deadLetterWords = defineWords(
  {
    title: 'Dead letters',
    lead: 'Messages that could not be handled, kept with their reason. Once the reason is gone, put them back.',
    topic: 'Topic', reason: 'Reason', at: 'Since', state: 'State', action: 'Action', size: 'Size',
    waiting: 'Waits', retried: 'Put back', retriedBy: (name: string) => `Put back by ${name}`,
    retry: 'Put back',
    retryTitle: 'Put the message back',
    retryText: (topic: string) => `It goes to ${topic} again and is handled like a new message. If the reason is still there, it comes back here. Readers drop what they know already, so nothing happens twice.`,
    read: 'Read it',
    readBy: 'read by',
    position: (partition: number, position: number) => `partition ${partition}, position ${position}`,
    emptyTitle: 'No message was given up',
    emptyText: 'That is how it should be. A message lands here only when it can never succeed as it is; what fails for a while is tried again by itself.',
  },
  {
    title: '처리 못한 메시지',
    lead: '처리할 수 없었던 메시지를 사유와 함께 보관합니다. 원인이 사라지면 되돌려 놓으세요.',
    topic: '토픽', reason: '사유', at: '시점', state: '상태', action: '조치', size: '크기',
    waiting: '대기', retried: '되돌림', retriedBy: (name: string) => `${name} 되돌림`,
    retry: '되돌리기',
    retryTitle: '메시지 되돌리기',
    retryText: (topic: string) => `${topic}에 다시 넣어 새 메시지처럼 처리합니다. 원인이 그대로면 다시 이곳에 옵니다. 이미 아는 것은 걸러지므로 두 번 일어나지 않습니다.`,
    read: '내용 보기',
    readBy: '읽는 쪽',
    position: (partition: number, position: number) => `파티션 ${partition}, 위치 ${position}`,
    emptyTitle: '포기한 메시지가 없습니다',
    emptyText: '바람직한 상태입니다. 그대로는 결코 처리할 수 없는 메시지만 이곳에 오며, 일시적인 실패는 스스로 다시 시도합니다.',
  },
);
