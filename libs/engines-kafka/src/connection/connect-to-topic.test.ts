import { connectToTopic, onceHeard } from './connect-to-topic.js';
import type { KafkaCluster } from './kafka-connection.js';

const answer = (type: string): Error => Object.assign(new Error(`answered ${type}`), { type });

/** Brokers that give these answers, one after the other, and then know the topic. */
function clusterThatAnswers(...types: string[]): { cluster: KafkaCluster; asked: string[] } {
  const asked: string[] = [];
  const cluster = {
    connect: async () => void asked.push('connect'),
    async addTargetTopic(topic: string) {
      asked.push(topic);
      const type = types.shift();
      if (type !== undefined) throw answer(type);
    },
  };
  return { cluster: cluster as unknown as KafkaCluster, asked };
}

it('asks again while a broker has not heard of a topic that another one has just created', async () => {
  const { cluster, asked } = clusterThatAnswers('UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE');
  await connectToTopic(cluster, 'windows', 60_000);
  expect(asked).toEqual(['connect', 'windows', 'windows', 'windows']);
});

it('throws at once what time does not mend', async () => {
  const { cluster, asked } = clusterThatAnswers('TOPIC_AUTHORIZATION_FAILED');
  await expect(connectToTopic(cluster, 'windows', 60_000)).rejects.toThrow('answered TOPIC_AUTHORIZATION_FAILED');
  expect(asked).toEqual(['connect', 'windows']);
});

it('throws the answer when the time is over', async () => {
  await expect(connectToTopic(clusterThatAnswers('UNKNOWN_TOPIC_OR_PARTITION').cluster, 'windows', 0)).rejects.toThrow('answered UNKNOWN_TOPIC_OR_PARTITION');
});

it('learns of new leaders before it asks again, and bears that it cannot', async () => {
  const told: string[] = [];
  const ask = async (): Promise<string> => {
    told.push('ask');
    if (told.length < 4) throw Object.assign(new Error('wrapped'), { cause: answer('NOT_LEADER_FOR_PARTITION') });
    return 'offsets';
  };
  const refresh = async (): Promise<void> => {
    told.push('refresh');
    throw new Error('no broker answers');
  };
  expect(await onceHeard(ask, 60_000, refresh)).toBe('offsets');
  expect(told).toEqual(['ask', 'refresh', 'ask', 'refresh', 'ask']);
});
