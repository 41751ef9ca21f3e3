import { collectRecords, eventually, numbers, pause, suiteTopic, textRecord } from '@opsloop/testing';
import kafkajs from 'kafkajs';
import { createKafkaUnderTest, describeOnKafka, useBrokers, type KafkaBusUnderTest } from './kafka-under-test.js';

const partitions = numbers(0, 8).map(Number);
const moves = 24;

describeOnKafka('partitions whose lead moves between brokers', () => {
  const { cluster } = useBrokers({ brokers: 3 });
  let under: KafkaBusUnderTest;
  let admin: kafkajs.Admin;

  beforeEach(async () => {
    under = await createKafkaUnderTest(cluster(), { publishMs: 10_000 });
    admin = new kafkajs.Kafka({ brokers: [...cluster().addresses], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
  }, 60_000);

  afterEach(async () => {
    await admin.disconnect();
    await under.destroy();
  }, 60_000);

  /** A partition that loses a copy on its leader is led by another one from then on: half of them move at a time. */
  async function moveSome(topic: string, round: number): Promise<void> {
    const partitionAssignment = partitions.filter((partition) => partition % 2 === round % 2).map((partition) => {
      const first = (partition + Math.floor(round / 2)) % 3;
      return { partition, replicas: [first + 1, ((first + 1) % 3) + 1] };
    });
    await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] });
    await eventually('the lead has moved', async () => {
      await pause(50);
      return (await admin.listPartitionReassignments({})).topics.length === 0;
    }, 30_000);
  }

  test('what is published meanwhile to many of them at once is all there', async () => {
    const group = await collectRecords(under.bus, suiteTopic, 'g');
    const acknowledged: number[] = [];
    let isOn = true;
    const publishing = (async () => {
      for (let value = 0; isOn; value++) {
        const records = partitions.map((partition) => ({ ...textRecord(`default/${partition}`, value), partition }));
        await under.bus.publish(suiteTopic, records).then(() => acknowledged.push(value), () => pause(20));
      }
    })();
    for (let round = 0; round < moves; round++) {
      const before = acknowledged.length;
      await moveSome(`${under.prefix}${suiteTopic}`, round);
      await eventually('publishing goes on', () => acknowledged.length > before, 60_000);
    }
    isOn = false;
    await publishing;
    for (const partition of partitions) {
      const key = `default/${partition}`;
      await eventually(`what was acknowledged of ${key}`, () => {
        const read = new Set(group.texts(key));
        return acknowledged.every((value) => read.has(String(value)));
      }, 30_000);
    }
  }, 300_000);
});
