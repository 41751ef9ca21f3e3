import type { Runner } from '@opsloop/ports';
import { createHttpRunner } from './http/http-runner.js';
import { createLocalRunner } from './local/local-runner.js';

/** Every runner that a playbook's `uses` may name. */
export function createRunners(): Readonly<Record<string, Runner>> {
  return { local: createLocalRunner(), http: createHttpRunner() };
}
