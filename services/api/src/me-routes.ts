import type { Me } from '@opsloop/contracts';
import type { ServiceContext } from '@opsloop/runtime';
import { z } from 'zod';
import { ApiError } from './http/api-error.js';
import { route, type Route } from './http/route.js';

/** Stops something on purpose, so that the loop heals it. */
export type Simulate = () => Promise<{ readonly alarmPolicy: string; readonly text: string }>;

export function meRoutes({ settings }: ServiceContext, simulate: Simulate | undefined): Route[] {
  return [
    route({
      method: 'get', path: '/me', scope: 'read', summary: 'Who calls, and what this installation is set to', answer: 'Me',
      async handle({ principal }): Promise<Me> {
        return { tenant: principal.tenant, name: principal.name, scopes: principal.scopes, mail: settings.SMTP_URL === undefined ? 'outbox' : 'smtp', windowMs: settings.WINDOW_MS, demo: simulate !== undefined };
      },
    }),
    route({
      method: 'post', path: '/simulate', scope: 'operate', status: 202, summary: 'Stops the demo service, so that the real loop heals it', body: z.strictObject({ incident: z.enum(['service-down']) }), answer: 'Simulation',
      async handle() {
        if (!simulate) throw new ApiError(409, 'Conflict', 'There is no demo service here: it runs with all-in-one when OPSLOOP_DEMO is on.');
        return simulate();
      },
    }),
  ];
}
