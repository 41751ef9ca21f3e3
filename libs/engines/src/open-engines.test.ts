import { settingsSchema, topics, type Settings } from '@opsloop/contracts';
import { createSkewedClock, createTempDir, type TempDir } from '@opsloop/testing';
import { openEngines, type Engines } from './open-engines.js';

describe('openEngines', () => {
  let dir: TempDir;
  const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const open = (settings: Partial<Record<keyof Settings, string>> = {}, lone = false) =>
    openEngines({ settings: settingsSchema.parse({ DATA_DIR: dir.path, ...settings }), clock: createSkewedClock(), logger: silent, lone });
  const start = async ({ parts }: Engines) => {
    for (const part of parts) await part.start();
  };
  const stop = async ({ parts }: Engines) => {
    for (const part of parts.toReversed()) await part.stop(5_000);
  };
  beforeEach(() => {
    dir = createTempDir();
  });
  afterEach(() => dir.remove());

  test('opens what nothing is set for: all embedded, healthy, and there again after a restart', async () => {
    const first = await open();
    await start(first);
    for (const { check } of first.health) await check();
    expect(first.health.map(({ name }) => name)).toEqual(['bus', 'documents', 'metrics']);
    await first.bus.publish(topics.alarms.name, [{ key: 'default/a', value: Buffer.from('x') }]);
    const epoch = await first.checkpoints.begin({ group: 'g', partition: 0 });
    await stop(first);
    for (const { check } of first.health) await expect(check()).rejects.toMatchObject({ name: 'EngineError', retryable: true });

    const second = await open();
    await start(second);
    const seen: string[] = [];
    await second.bus.tail(topics.alarms.name, 'oldest', (_partition, records) => void seen.push(...records.map(({ key }) => key)));
    expect(await second.checkpoints.begin({ group: 'g', partition: 0 })).toBe(epoch + 1);
    await second.bus.publish(topics.alarms.name, [{ key: 'default/b', value: Buffer.from('y') }]);
    while (seen.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen.toSorted()).toEqual(['default/a', 'default/b']);
    await stop(second);
  });

  test('a second one on the same folder is refused before it touches anything, and may start when the first has stopped', async () => {
    const [first, second] = [await open(), await open()];
    await start(first);
    await expect(start(second)).rejects.toThrow(/^OPSLOOP_DATA_DIR: another Opsloop is using [^\n]*$/);
    await stop(second);
    await first.bus.publish(topics.alarms.name, [{ key: 'default/a', value: Buffer.from('x') }]);
    await stop(first);
    await start(second);
    await stop(second);
  });

  test.each([
    ['BUS', 'kafka'],
    ['METRICS', 'influxdb'],
    ['DOCUMENTS', 'mongodb'],
  ] as const)('OPSLOOP_%s=%s is refused with one line that names it', async (name, engine) => {
    await expect(open({ [name]: engine })).rejects.toMatchObject({ name: 'EngineError', retryable: false, message: `OPSLOOP_${name}=${engine} is not available yet: set it to embedded, or leave it out` });
  });

  test('a service that runs alone is refused with one line that names the setting', async () => {
    await expect(open({}, true)).rejects.toThrow(/^OPSLOOP_BUS=embedded works in all-in-one only[^\n]*$/);
  });
});
