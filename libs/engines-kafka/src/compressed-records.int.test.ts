import { collectRecords, eventually, numbers, suiteTopic, textRecord } from '@opsloop/testing';
import kafkajs from 'kafkajs';
import { createKafkaUnderTest, describeOnKafka, useBrokers } from './kafka-under-test.js';

describeOnKafka('compressed records', () => {
  const { cluster } = useBrokers({ brokers: 1 });

  // The brokers compress what comes, as agents may that write to the bus themselves.
  test.each(['gzip', 'snappy', 'lz4', 'zstd'])('%s is read', async (compression) => {
    const under = await createKafkaUnderTest(cluster());
    const group = await collectRecords(under.bus, suiteTopic, 'g');
    const texts = numbers(0, 500).map((text) => text.padEnd(2_000, `${text} of many `));
    const name = `${under.prefix}${suiteTopic}`;
    const admin = new kafkajs.Kafka({ brokers: [...cluster().addresses], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    const setting = async () => (await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name }] })).resources[0]!.configEntries.find(({ configName }) => configName === 'compression.type')!;
    expect(await setting()).toMatchObject({ configValue: 'producer', isDefault: false });
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name, configEntries: [{ name: 'compression.type', value: compression }] }] });
    await eventually('the setting', async () => (await setting()).configValue === compression, 10_000);
    await admin.disconnect();
    await under.bus.publish(suiteTopic, texts.map((text) => textRecord('default/a', text)));
    await eventually('all of them', () => group.delivered.length === texts.length, 20_000);
    expect(group.texts('default/a')).toEqual(texts);
    expect({ warnings: under.warnings, lost: under.bus.counts().lostRecords }).toEqual({ warnings: [], lost: 0 });
    await under.destroy();
  }, 60_000);
});
