import { describeApi, type ApiDeps } from '@opsloop/api';
import { settingsSchema } from '@opsloop/contracts';
import { createLogger, createOwnMetrics, createSystemClock } from '@opsloop/runtime';

/** schemas/openapi.json: the document that a running API serves. Nothing is asked of an engine to describe the routes. */
export function generateOpenApi(): string {
  const documents = { collection: () => ({}), now: async () => 0 };
  const deps = { settings: settingsSchema.parse({}), documents, clock: createSystemClock(), logger: createLogger('silent', 'checks'), ownMetrics: createOwnMetrics(), health: [] };
  return `${JSON.stringify(describeApi(deps as unknown as ApiDeps), null, 2)}\n`;
}
