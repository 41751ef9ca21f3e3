import { jest } from '@jest/globals';
import { apiGet, type ApiProblem } from './client.js';

const limitMs = 30;
const { fetch: realFetch } = globalThis;

/** A server that does not answer, or begins to, and then is gone without a word. */
beforeAll(() => {
  globalThis.fetch = async (path, init) => {
    const signal = init!.signal!;
    const gone = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    if (!String(path).endsWith('half')) return gone;
    const body = new ReadableStream({ start: (stream) => void gone.catch((cause: unknown) => stream.error(cause)) });
    return new Response(body, { headers: { 'content-type': 'application/json' } });
  };
});
afterAll(() => {
  globalThis.fetch = realFetch;
});
afterEach(() => {
  jest.restoreAllMocks();
});

test.each(['none', 'half'])('an answer that does not come is waited for, but not for ever: %s', async (path) => {
  const within = AbortSignal.timeout.bind(AbortSignal);
  const asked = jest.spyOn(AbortSignal, 'timeout').mockImplementation(() => within(limitMs));
  await expect(apiGet(path)).rejects.toMatchObject({ name: 'ApiProblem', status: 0 } satisfies Partial<ApiProblem>);
  expect(asked).toHaveBeenCalledWith(30_000);
});

test('who leaves ends what was asked for', async () => {
  const leaving = new AbortController();
  const answer = apiGet('none', {}, leaving.signal);
  leaving.abort();
  await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
});
