import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { createRefresh } from './refresh.js';

const answerMs = 60;
const eventMs = 15;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A list that is looked at over a slow link: it answers with what the server had when it was asked. */
function watchList(queryClient: QueryClient) {
  const server = { version: 0 };
  const fetches = { begun: 0, cancelled: 0 };
  const observer = new QueryObserver(queryClient, {
    queryKey: ['alarms', 'open'],
    async queryFn({ signal }) {
      fetches.begun += 1;
      signal.addEventListener('abort', () => (fetches.cancelled += 1));
      const seen = server.version;
      await pause(answerMs);
      return seen;
    },
  });
  const unsubscribe = observer.subscribe(() => undefined);
  return { server, fetches, shown: () => observer.getCurrentResult().data, unsubscribe };
}

let queryClient: QueryClient;
beforeEach(() => (queryClient = new QueryClient()));
afterEach(() => queryClient.clear());

test('events that come faster than answers hold none of them up', async () => {
  const list = watchList(queryClient);
  const refresh = createRefresh(queryClient);
  await pause(answerMs * 2);
  for (let i = 0; i < 20; i++) {
    list.server.version += 1;
    refresh('alarms');
    await pause(eventMs);
  }
  expect(list.shown()).toBeGreaterThan(0);
  expect(list.fetches.cancelled).toBe(0);
  list.unsubscribe();
});

test('what came during a fetch is fetched once more after it, and only once', async () => {
  const list = watchList(queryClient);
  const refresh = createRefresh(queryClient);
  await pause(answerMs / 2);
  list.server.version = 1;
  for (let i = 0; i < 5; i++) refresh('alarms');
  await pause(answerMs * 4);
  expect([list.shown(), list.fetches.begun]).toEqual([1, 2]);
  list.unsubscribe();
});

test('what nobody looks at is fetched when it is looked at again', async () => {
  const list = watchList(queryClient);
  await pause(answerMs * 2);
  list.unsubscribe();
  createRefresh(queryClient)('alarms');
  await pause(answerMs);
  expect(list.fetches.begun).toBe(1);
  expect(queryClient.getQueryState(['alarms', 'open'])?.isInvalidated).toBe(true);
});
