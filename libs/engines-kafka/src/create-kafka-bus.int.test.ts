import { busConformance } from '@opsloop/testing';
import { createKafkaUnderTest, describeOnKafka, useBrokers } from './kafka-under-test.js';

describeOnKafka('conformance', () => {
  const { cluster } = useBrokers({ brokers: 1 });
  busConformance('Kafka', () => createKafkaUnderTest(cluster()));
});
