import { deadLetterTopic, topics } from '@opsloop/contracts';
import { createEmbeddedBus, createEmbeddedDocuments } from '@opsloop/engines-embedded';
import { EngineError } from '@opsloop/ports';
import { createSystemClock } from '@opsloop/runtime';
import { collectRecords, createTempDir, eventually, pause, type TempDir } from '@opsloop/testing';
import { samplesOf, startCollector, tokens, type Stored } from './collector-under-test.js';

describe('what agents write to the bus themselves', () => {
  let dir: TempDir;
  let collector: Awaited<ReturnType<typeof startCollector>>;
  const nowNs = () => `${Date.now()}000000`;

  async function start(settings: Record<string, unknown> = {}): Promise<void> {
    const options = { dataDir: dir.path, clock: createSystemClock(), maxBytes: 2 ** 30, tailBytes: 2 ** 20 };
    collector = await startCollector({ bus: createEmbeddedBus(options), documents: createEmbeddedDocuments(options), settings });
  }
  beforeEach(async () => {
    dir = createTempDir();
    await start();
  });
  afterEach(async () => {
    await collector.stop();
    dir.remove();
  });

  const write = (...lines: string[]) => collector.bus.publish(topics.intake.name, lines.map((line) => ({ key: 'any', value: Buffer.from(line) })));

  async function stored(count: number): Promise<Stored[]> {
    const all: Stored[] = [];
    await eventually(`${count} batches`, async () => {
      all.push(...(await collector.stored()));
      return all.length >= count;
    });
    return all;
  }

  test('becomes the very batches that a request becomes, of the tenant that the setting names', async () => {
    const line = `cpu,cpu=cpu-total,host=a usage_idle=90,usage_user=4 ${nowNs()}\n`;
    await write(line);
    const [written] = await stored(1);
    expect((await collector.send('/api/v2/write', { body: line, headers: { authorization: `Token ${tokens.agents}` } })).status).toBe(204);
    const [posted] = await stored(1);
    expect(samplesOf([written!])).toEqual(samplesOf([posted!]));
    expect([written!.key, written!.partition]).toEqual([posted!.key, posted!.partition]);
    expect({ ...written!.batch, rows: undefined, source: undefined, contentHash: undefined }).toEqual({ ...posted!.batch, rows: undefined, source: undefined, contentHash: undefined });
    // A source is a resource as one sender sees it: what two senders measured alike are two batches.
    expect(written!.batch.source).not.toBe(posted!.batch.source);
    expect(written!.batch.contentHash).not.toEqual(posted!.batch.contentHash);
    expect((await collector.send('/api/v2/write', { body: line, headers: { authorization: `Token ${tokens.namedLikeTheTopic}` } })).status).toBe(204);
    const [likewise] = await stored(1);
    expect(likewise!.value).toEqual(written!.value);
    await collector.stop();
    await start({ INTAKE_TENANT: 'plant-7' });
    await write(line);
    expect((await stored(1))[0]!.key).toMatch(/^plant-7\//);
  });

  test('each record is a batch of its own, so that reading it again makes the same one', async () => {
    const at = nowNs();
    const lines = [`mem,host=a used=1 ${at}`, `mem,host=a used=2 ${at}`, `mem,host=a used=1 ${at}`];
    await write(...lines);
    const hashes = (await stored(3)).map(({ batch }) => batch.contentHash);
    expect(hashes).toHaveLength(3);
    expect(hashes[2]).toEqual(hashes[0]);
    expect(hashes[1]).not.toEqual(hashes[0]);
  });

  test('what is wrong goes to the dead letters with its reason, the good lines beside it are stored', async () => {
    const dead = await collectRecords(collector.bus, deadLetterTopic(topics.intake.name), 'test');
    await write(`mem,host=a used=1 ${nowNs()}\nmem,host=a used=\n`, 'not a line', `mem,host=b used=3 ${nowNs()}`);
    expect(samplesOf(await stored(2)).toSorted()).toEqual(['mem.used{} 1', 'mem.used{} 3']);
    await eventually('two dead letters', () => dead.delivered.length === 2);
    expect(dead.delivered.map(({ record }) => record.headers['reason'])).toEqual([expect.stringMatching(/^partial write: .*1 of 2 lines; the rest is stored; line 2: /), expect.stringMatching(/nothing is stored; line 1: /)]);
    expect(dead.delivered[1]).toMatchObject({ key: 'default/any', text: 'not a line', record: { headers: { topic: topics.intake.name, group: 'collector' } } });
  });

  test('a wrong record whose key has just the length that is taken goes there too, with its key cut', async () => {
    const dead = await collectRecords(collector.bus, deadLetterTopic(topics.intake.name), 'test');
    await collector.bus.publish(topics.intake.name, [{ key: 'k'.repeat(4_096), value: Buffer.from('not a line') }]);
    await write(`mem,host=a used=1 ${nowNs()}`);
    expect(samplesOf(await stored(1))).toEqual(['mem.used{} 1']);
    await eventually('the dead letter', () => dead.delivered.length === 1);
    expect(dead.delivered[0]).toMatchObject({ text: 'not a line', record: { headers: { 'original-sizes': 'key 4104, headers 0, value 10 bytes' } } });
    expect(dead.delivered[0]!.key).toMatch(/^default\/k{4088}$/);
  });

  test('a record above the limit of a body is refused by the same setting', async () => {
    await collector.stop();
    await start({ MAX_BODY_BYTES: '1KiB' });
    const dead = await collectRecords(collector.bus, deadLetterTopic(topics.intake.name), 'test');
    await write(`mem,host=a used=1 ${nowNs()} `.padEnd(2_000));
    await eventually('the dead letter', () => dead.delivered.length === 1);
    expect(dead.delivered[0]!.record.headers['reason']).toMatch(/OPSLOOP_MAX_BODY_BYTES/);
  });

  test('waits while the log takes nothing, and loses nothing', async () => {
    collector.faults.publish = new EngineError('full', { retryable: true });
    await collector.bus.publish(topics.intake.name, [{ key: 'any', value: Buffer.from(`mem,host=a used=1 ${nowNs()}`) }]);
    await pause(300);
    expect(await collector.stored()).toEqual([]);
    collector.faults.publish = undefined;
    expect(samplesOf(await stored(1))).toEqual(['mem.used{} 1']);
  });
});
