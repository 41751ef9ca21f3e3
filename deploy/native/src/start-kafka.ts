/** A Kafka cluster of one or three brokers on this machine, each a process that can be killed, frozen and started again. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { endWithParent } from './end-with-parent.js';
import { freezeProcess } from './freeze-process.js';
import { findFreePorts } from './find-free-ports.js';
import { kafkaProperties, type KafkaPorts, type KafkaSecurity } from './kafka-properties.js';

const run = promisify(execFile);

export interface StartKafkaOptions {
  /** What `installKafka` gave. */
  readonly libs: string;
  /** Ids, ports, logs and data of all brokers; a folder that was used before is taken up again, with its ports. */
  readonly dataDir: string;
  readonly brokers: 1 | 3;
  /** Adds a listener that asks for a user, with TLS when a certificate is given. */
  readonly security?: KafkaSecurity;
  /** A process group of its own: Ctrl-C in the terminal does not reach it. */
  readonly detached?: boolean;
}

export interface KafkaBroker {
  readonly address: string;
  /** Of the listener that asks for a user; undefined without `security`. */
  readonly securedAddress: string | undefined;
  readonly logFile: string;
  /** Undefined while it does not run. */
  pid(): number | undefined;
  /** Starts it when it does not run; resolves when it takes connections. */
  start(): Promise<void>;
  /** Orderly: hands its leaderships over first. */
  stop(): Promise<void>;
  /** kill -9 */
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its connections and answers nothing. */
  freeze(): Promise<void>;
  thaw(): void | Promise<void>;
}

export interface KafkaCluster {
  /** For OPSLOOP_KAFKA_BROKERS. */
  readonly addresses: readonly string[];
  readonly brokers: readonly KafkaBroker[];
  /** Ends every broker at once; the data stay. */
  stop(): Promise<void>;
}

interface Plan {
  readonly clusterId: string;
  readonly ports: readonly KafkaPorts[];
}

const startWithinMs = 60_000;
const stopWithinMs = 15_000;

export async function startKafka(options: StartKafkaOptions): Promise<KafkaCluster> {
  const plan = await readPlan(options);
  const brokers = plan.ports.map((_, index) => createBroker(options, plan, index));
  await Promise.all(brokers.map((one) => one.format()));
  await Promise.all(brokers.map((one) => one.start()));
  return {
    addresses: brokers.map(({ address }) => address),
    brokers,
    async stop() {
      // Together: without a majority of controllers an orderly end takes for ever.
      await Promise.all(brokers.map((one) => one.kill()));
    },
  };
}

/** Ports stay the same over starts, because the brokers' own records of the cluster name them. */
async function readPlan({ libs, dataDir, brokers }: StartKafkaOptions): Promise<Plan> {
  const file = join(dataDir, 'cluster.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Plan;
  mkdirSync(dataDir, { recursive: true });
  const [{ stdout }, free] = await Promise.all([run('java', ['-cp', join(libs, '*'), 'kafka.tools.StorageTool', 'random-uuid']), findFreePorts(brokers * 3)]);
  const ports = Array.from({ length: brokers }, (_, i) => ({ plain: free[i * 3]!, controller: free[i * 3 + 1]!, secured: free[i * 3 + 2]! }));
  const plan: Plan = { clusterId: stdout.trim(), ports };
  writeFileSync(file, JSON.stringify(plan));
  return plan;
}

function createBroker({ libs, dataDir, security, detached = false }: StartKafkaOptions, { clusterId, ports }: Plan, index: number): KafkaBroker & { format(): Promise<void> } {
  const folder = join(dataDir, `broker-${index + 1}`);
  const config = join(folder, 'broker.properties');
  const logFile = join(folder, 'broker.log');
  const classPath = join(libs, '*');
  const { plain, secured } = ports[index]!;
  let child: ChildProcess | undefined;

  function isRunning(): boolean {
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Resolves when the process has gone. */
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (!child || !isRunning()) return;
    const gone = once(child, 'exit');
    const overdue = setTimeout(() => child?.kill('SIGKILL'), stopWithinMs);
    // A frozen process takes no other signal.
    child.kill('SIGCONT');
    child.kill(signal);
    await gone;
    clearTimeout(overdue);
  }

  return {
    address: `127.0.0.1:${plain}`,
    securedAddress: security ? `127.0.0.1:${secured}` : undefined,
    logFile,
    pid: () => (isRunning() ? child?.pid : undefined),
    async format() {
      mkdirSync(folder, { recursive: true });
      writeFileSync(config, kafkaProperties({ ports, index, dataDir: join(folder, 'data'), security }));
      if (!existsSync(join(folder, 'data', 'meta.properties'))) await run('java', ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config]);
    },
    async start() {
      if (isRunning()) return;
      const log = openSync(logFile, 'a');
      child = spawn('java', ['-Xms128m', '-Xmx384m', '-XX:+UseSerialGC', '-cp', classPath, 'kafka.Kafka', config], { stdio: ['ignore', log, log], detached });
      closeSync(log);
      endWithParent(child);
      const endMs = performance.now() + startWithinMs;
      while (!(await takesConnections(plain))) {
        if (!isRunning() || performance.now() > endMs) {
          await end('SIGKILL');
          throw new Error(`the Kafka broker did not start: see ${logFile}; it ends with: ${readFileSync(logFile, 'utf8').slice(-500)}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => freezeProcess(child),
    thaw: () => void child?.kill('SIGCONT'),
  };
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (taken: boolean) => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
