import { EngineError } from '@opsloop/ports';
import { createWorkerLink, type WorkerLink } from './worker-link.js';

/** Answers with what it gets; `die` ends it, `hang` never returns, `work` until it is cut off, `wrong` fails. */
const script = new URL(`data:text/javascript,${encodeURIComponent(`
  import { parentPort, workerData } from 'node:worker_threads';
  if (workerData.file === 'newer') parentPort.postMessage({ call: 0, failure: { message: 'written by a newer one', retryable: false } });
  else parentPort.postMessage({ call: 0, reply: 'hello' });
  parentPort.on('message', (message) => {
    if (message === 'close') return parentPort.close();
    if (message.request === 'die') process.exit(3);
    if (message.request === 'hang') for (;;);
    if (message.request === 'work') while (Atomics.load(workerData.cutOff, 0) === 0);
    if (message.request === 'wrong') return parentPort.postMessage({ call: message.call, failure: { message: 'no such thing', retryable: false } });
    parentPort.postMessage({ call: message.call, reply: message.request });
  });
`)}`);

describe('a worker link', () => {
  const told: string[] = [];
  let link: WorkerLink<string>;
  const open = (file = 'ours') => createWorkerLink<string, string>({ name: 'the engine', script, workerData: { file }, onOpened: (opened) => told.push(opened), onDied: (error) => told.push(error.message) });
  beforeEach(() => {
    told.length = 0;
    link = open();
  });
  afterEach(async () => link.stop(100));

  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test('answers each request with its own answer, failures included', async () => {
    await link.start();
    const outcomes = await Promise.allSettled([link.request('a'), link.request('wrong'), link.request('b')]);
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: expect.objectContaining({ name: 'EngineError', message: 'no such thing', retryable: false }) },
      { status: 'fulfilled', value: 'b' },
    ]);
  });

  test('a worker that dies fails what is under way, for now, and is started again, time after time', async () => {
    await link.start();
    for (let death = 1; death <= 3; death++) {
      const outcomes = await Promise.allSettled([link.request('die'), link.request('behind it')]);
      for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { retryable: true } });
      await expect(link.request('while it is down')).rejects.toMatchObject({ retryable: true });
      await until(() => told.length === 1 + 2 * death);
      await expect(link.request('again')).resolves.toBe('again');
    }
    expect(told.slice(0, 3)).toEqual(['hello', 'the engine: its worker thread has died', 'hello']);
  });

  test('a worker that cannot open its file fails the start with the reason', async () => {
    link = open('newer');
    await expect(link.start()).rejects.toEqual(new EngineError('written by a newer one', { retryable: false }));
    await expect(link.request('a')).rejects.toMatchObject({ retryable: true });
    await expect(link.start()).rejects.toThrow('written by a newer one');
  });

  test('at the deadline a worker learns that it is cut off, and ends by itself', async () => {
    await link.start();
    const work = link.request('work');
    await link.stop(100);
    expect(await work).toBe('work');
    await link.start();
    expect(await link.request('again')).toBe('again');
  });

  test('stop finishes what was sent, is safe before start and twice, and ends a worker that hangs at its deadline', async () => {
    await link.stop(10);
    await link.start();
    const last = link.request('last');
    await link.stop(1_000);
    await link.stop(1_000);
    await expect(last).resolves.toBe('last');
    await expect(link.request('late')).rejects.toMatchObject({ retryable: true, message: 'the engine: is stopped' });
    await link.start();
    const stuck = link.request('hang').catch((error: unknown) => error);
    const before = performance.now();
    await link.stop(200);
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(await stuck).toMatchObject({ retryable: true });
    expect(told.filter((one) => one !== 'hello')).toEqual([]);
  });
});
