/** An engine in a container of testcontainers, with what fault suites do to a process: kill, freeze, start again on its data. */
import { GenericContainer, getContainerRuntimeClient, Wait, type StartedNetwork } from 'testcontainers';

export interface EngineContainerOptions {
  readonly image: string;
  /** Port of the container -> port of 127.0.0.1, which stays the same over starts. */
  readonly ports: readonly { readonly container: number; readonly host: number }[];
  readonly command?: readonly string[];
  /** In place of the image's own. */
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: readonly { readonly content: string; readonly target: string }[];
  /** A network of several containers, and the name of this one in it. */
  readonly network?: { readonly network: StartedNetwork; readonly alias: string };
  /** Whether the engine answers; asked until it does, at every start. */
  readonly isReady: () => Promise<boolean>;
}

export interface EngineContainer {
  isRunning(): boolean;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Ends it and takes its data away. */
  remove(): Promise<void>;
}

const startWithinMs = 180_000;
const stopWithinS = 15;

/** Starts it; resolves when it answers. What is left at the end of the process is removed by testcontainers. */
export async function startEngineContainer(options: EngineContainerOptions): Promise<EngineContainer> {
  const started = await describe(options).start();
  const { container: runtime } = await getContainerRuntimeClient();
  const handle = runtime.getById(started.getId());
  let running = true;
  let isFrozen = false;
  // One after the other, in the order in which they were asked for.
  let last: Promise<unknown> = Promise.resolve();
  const next = (step: () => Promise<unknown>): Promise<void> => {
    const done = last.then(step);
    last = done.catch(() => undefined);
    return done.then(() => undefined);
  };

  async function end(step: () => Promise<unknown>): Promise<void> {
    if (!running) return;
    // A frozen container takes no signal.
    if (isFrozen) await handle.unpause();
    isFrozen = false;
    await step();
    running = false;
  }

  await untilReady(options);
  return {
    isRunning: () => running,
    start: () => next(async () => {
      if (running) return;
      await handle.start();
      running = true;
      await untilReady(options);
    }),
    stop: () => next(() => end(() => handle.stop({ t: stopWithinS }))),
    kill: () => next(() => end(() => handle.kill())),
    freeze: () => next(async () => {
      if (running && !isFrozen) await handle.pause();
      isFrozen = running;
    }),
    thaw: () => next(async () => {
      if (isFrozen) await handle.unpause();
      isFrozen = false;
    }),
    remove: () => next(() => handle.remove({ force: true, v: true })),
  };
}

function describe({ image, ports, command, entrypoint, environment, files, network }: EngineContainerOptions): GenericContainer {
  const container = new GenericContainer(image).withExposedPorts(...ports).withWaitStrategy(Wait.forListeningPorts()).withStartupTimeout(startWithinMs);
  if (command) container.withCommand([...command]);
  if (entrypoint) container.withEntrypoint([...entrypoint]);
  if (environment) container.withEnvironment(environment);
  if (files) container.withCopyContentToContainer([...files]);
  if (network) container.withNetwork(network.network).withNetworkAliases(network.alias);
  return container;
}

async function untilReady({ image, isReady }: EngineContainerOptions): Promise<void> {
  const endMs = performance.now() + startWithinMs;
  while (!(await isReady().catch(() => false))) {
    if (performance.now() > endMs) throw new Error(`${image} did not answer within ${startWithinMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
