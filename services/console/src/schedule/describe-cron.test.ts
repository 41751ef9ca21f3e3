import { describeCron } from './describe-cron.js';

test.each([
  ['30 6 * * 1-5', 'Monday to Friday at 06:30', '매주 월~금 06:30'],
  ['0 2 * * *', 'every day at 02:00', '매일 02:00'],
  ['@daily', 'every day at 00:00', '매일 00:00'],
  ['0 0 * * SUN', 'Sunday at 00:00', '매주 일요일 00:00'],
  ['0 9 * * 0,6', 'Saturday and Sunday at 09:00', '매주 토·일 09:00'],
  ['0 9,18 * * 7', 'Sunday at 09:00 and 18:00', '매주 일요일 09:00, 18:00'],
  ['15 30 6 * * *', 'every day at 06:30:15', '매일 06:30:15'],
  ['@hourly', 'every hour', '1시간마다'],
  ['5 * * * *', 'every hour, 5 min past', '1시간마다 5분에'],
  ['5,35 * * * *', 'every hour, 5 and 35 min past', '매시 5분, 35분'],
  ['* * * * *', 'every minute', '1분마다'],
  ['*/15 * * * *', 'every 15 minutes', '15분마다'],
  ['*/15 9-17 * * 1-5', 'every 15 minutes, from 09:00 to 17:45, Monday to Friday', '15분마다, 09:00~17:45, 매주 월~금'],
  ['10 8-20 * * *', 'every hour, from 08:10 to 20:10', '1시간마다, 08:10~20:10'],
  ['0 */2 * * *', 'every 2 hours', '2시간마다'],
  ['0 */6 * * *', 'every day at 00:00, 06:00, 12:00 and 18:00', '매일 00:00, 06:00, 12:00, 18:00'],
  ['0 3 1,15 * *', 'day 1 and 15 of the month at 03:00', '매월 1일, 15일 03:00'],
  ['0 3 1-7 * *', 'day 1 to 7 of the month at 03:00', '매월 1~7일 03:00'],
  ['0 3 L * *', 'the last day of the month at 03:00', '매월 마지막 날 03:00'],
  ['0 3 1 JAN,JUL *', 'day 1 of the month in January and July at 03:00', '1월·7월의 매월 1일 03:00'],
  ['0 3 1 * MON', 'day 1 of the month or Monday at 03:00', '매월 1일 또는 매주 월요일 03:00'],
])('%s is said', (cron, en, ko) => {
  expect([describeCron(cron, 'en'), describeCron(cron, 'ko')]).toEqual([en, ko]);
});

test.each(['', 'soon', '1 2 3', '61 * * * *', '0 0 * * 1#2', '0 3 15W * *', '7,13,22 1-9 * * *', '*/10 * * * * *', '0 3 1-31/4 * *', '0 */0 * * *', '5-1 * * * *'])('%p has no words', (cron) => {
  expect(describeCron(cron, 'en')).toBeUndefined();
});
