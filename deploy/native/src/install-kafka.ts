import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir } from './cache-dir.js';

const run = promisify(execFile);
const version = '4.1.1';
const copyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const artifacts = [
  ['org.apache.kafka', 'kafka_2.13', version],
  ['org.apache.logging.log4j', 'log4j-core', '2.24.3'],
  ['org.apache.logging.log4j', 'log4j-slf4j-impl', '2.24.3'],
];
/** Kafka 4 brokers refuse to start on anything older. */
const leastJava = 17;

/**
 * Folder with the jars of a Kafka broker, fetched from Maven's repository on first use (some 43 MB) and kept.
 * A reason, where it cannot be had.
 */
export async function installKafka(environment: Readonly<Record<string, string | undefined>>): Promise<{ readonly path: string } | { readonly reason: string }> {
  const java = await run('java', ['-version']).then(({ stderr }) => Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0), () => 0);
  if (java < leastJava) return { reason: `Kafka needs Java ${leastJava} or newer, and this machine has ${java === 0 ? 'none' : `Java ${java}`}` };
  const folder = cacheDir(`kafka-${version}`, environment);
  const path = join(folder, 'libs');
  if (existsSync(path)) return { path };
  const hasMaven = await run('mvn', ['--version']).then(() => true, () => false);
  if (!hasMaven) return { reason: 'Kafka is fetched with Maven, and there is no mvn on this machine' };
  try {
    await fetchJars(folder, path);
    return { path };
  } catch (error) {
    return { reason: `Kafka cannot be fetched here: ${String(error).slice(0, 500)}` };
  }
}

async function fetchJars(folder: string, path: string): Promise<void> {
  const partial = join(folder, `libs.part-${process.pid}`);
  await mkdir(partial, { recursive: true });
  const dependencies = artifacts.map(([group, artifact, release]) => `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${release}</version></dependency>`).join('');
  await writeFile(join(partial, 'pom.xml'), `<project><modelVersion>4.0.0</modelVersion><groupId>opsloop.native</groupId><artifactId>kafka</artifactId><version>1</version><dependencies>${dependencies}</dependencies></project>\n`);
  await run('mvn', ['-q', '-B', copyPlugin, '-DincludeScope=runtime', `-DoutputDirectory=${partial}`], { cwd: partial, maxBuffer: 1 << 26 });
  // Whoever comes second has the same jars.
  await rename(partial, path).catch(() => rm(partial, { recursive: true, force: true }));
}
