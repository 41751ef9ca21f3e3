import { openEngines } from '@opsloop/engines';
import { createTokenAuthority, runService } from '@opsloop/runtime';
import { createCollector } from './service.js';

await runService({ name: 'collector', environment: process.env, openEngines, create: (context) => createCollector({ ...context, authenticate: createTokenAuthority(context).authenticate }) });
