import type { Settings } from '@opsloop/contracts';
import type { Runner } from '@opsloop/ports';
import { createAddressGuard } from './http/address-guard.js';
import { createHttpRunner } from './http/http-runner.js';
import { createLocalRunner } from './local/local-runner.js';

/** Every runner that a playbook's `uses` may name. Throws, with the name of the setting, where one cannot be read. */
export function createRunners({ HTTP_TARGETS }: Pick<Settings, 'HTTP_TARGETS'>): Readonly<Record<string, Runner>> {
  return { local: createLocalRunner(), http: createHttpRunner({ guard: createAddressGuard(HTTP_TARGETS) }) };
}
