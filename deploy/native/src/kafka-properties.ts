export interface KafkaPorts {
  readonly plain: number;
  readonly controller: number;
  readonly secured: number;
}

export interface KafkaSecurity {
  readonly user: string;
  readonly password: string;
  /** PEM; without it the listener speaks plain text. */
  readonly tls?: { readonly key: string; readonly certificate: string };
}

export interface KafkaPropertiesOptions {
  /** Of all brokers. */
  readonly ports: readonly KafkaPorts[];
  readonly index: number;
  readonly dataDir: string;
  readonly security: KafkaSecurity | undefined;
}

/** The configuration of one broker: KRaft, broker and controller in one process, nothing created unasked. */
export function kafkaProperties({ ports, index, dataDir, security }: KafkaPropertiesOptions): string {
  const { plain, controller, secured } = ports[index]!;
  const copies = ports.length;
  const securedProtocol = security?.tls ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  const own = [`PLAINTEXT://127.0.0.1:${plain}`, ...(security ? [`SECURED://127.0.0.1:${secured}`] : [])];
  const properties: Record<string, string | number> = {
    'process.roles': 'broker,controller',
    'node.id': index + 1,
    'controller.quorum.voters': ports.map((one, i) => `${i + 1}@127.0.0.1:${one.controller}`).join(),
    listeners: [...own, `CONTROLLER://127.0.0.1:${controller}`].join(),
    'advertised.listeners': own.join(),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SECURED:${securedProtocol}`,
    'log.dirs': dataDir,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': Math.max(1, copies - 1),
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': Math.max(1, copies - 1),
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    // A broker that was away leads again soon, and not after five minutes: what follows from it is seen in short runs, too.
    'leader.imbalance.check.interval.seconds': 20,
    ...(security && secure(security)),
  };
  return Object.entries(properties).map(([key, value]) => `${key}=${value}\n`).join('');
}

function secure({ user, password, tls }: KafkaSecurity): Record<string, string> {
  return {
    'sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.secured.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required user_${user}="${password}";`,
    ...(tls && {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': oneLine(tls.key),
      'ssl.keystore.certificate.chain': oneLine(tls.certificate),
    }),
  };
}

/** Line ends of PEM, as a properties file writes them. */
function oneLine(pem: string): string {
  return pem.trim().split('\n').join('\\n');
}
