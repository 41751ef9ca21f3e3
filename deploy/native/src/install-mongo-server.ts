import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheDir } from './cache-dir.js';

const run = promisify(execFile);
const version = '1.47.0';
const mainClass = 'DurableMongoServer';
const source = fileURLToPath(new URL(`../mongo/${mainClass}.java`, import.meta.url));
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>opsloop</groupId><artifactId>mongo-server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server</artifactId><version>${version}</version></dependency>
    <dependency><groupId>de.bwaldvogel</groupId><artifactId>mongo-java-server-h2-backend</artifactId><version>${version}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>2.0.17</version></dependency>
  </dependencies>
</project>
`;

export interface MongoServerProgram {
  readonly classPath: string;
  readonly mainClass: string;
}

/**
 * A server that speaks MongoDB's wire protocol (mongo-java-server over one H2 file), fetched by Maven on first use and
 * kept. A reason, where it cannot be had.
 */
export async function installMongoServer(environment: Readonly<Record<string, string | undefined>>): Promise<MongoServerProgram | { readonly reason: string }> {
  const digest = createHash('sha256').update(pom).update(await readFile(source)).digest('hex').slice(0, 12);
  const parent = cacheDir(`mongo-java-server-${version}`, environment);
  const folder = join(parent, digest);
  const program = { classPath: [join(folder, 'classes'), join(folder, 'libs', '*')].join(delimiter), mainClass };
  if (existsSync(folder)) return program;
  for (const tool of ['java', 'javac', 'mvn']) {
    const hasTool = await run(tool, ['-version']).then(() => true, () => false);
    if (!hasTool) return { reason: `mongo-java-server is fetched and run with a JDK and Maven, and there is no ${tool} on this machine` };
  }
  const unfinished = join(parent, `${digest}.${process.pid}`);
  try {
    await build(unfinished, environment);
    // Another process may have been faster; its build is the same.
    await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
    return program;
  } catch (error) {
    return { reason: `mongo-java-server cannot be built here: ${String(error).slice(0, 500)}` };
  }
}

async function build(folder: string, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  await mkdir(join(folder, 'classes'), { recursive: true });
  await writeFile(join(folder, 'pom.xml'), pom);
  await copyFile(source, join(folder, `${mainClass}.java`));
  const options = { cwd: folder, env: { ...environment }, maxBuffer: 1 << 26 };
  await run('mvn', ['-q', '-B', 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${join(folder, 'libs')}`], options);
  await run('javac', ['-cp', join(folder, 'libs', '*'), '-d', join(folder, 'classes'), `${mainClass}.java`], options);
}
