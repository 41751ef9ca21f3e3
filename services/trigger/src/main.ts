import { openEngines } from '@opsloop/engines';
import { runService } from '@opsloop/runtime';
import { createTrigger } from './service.js';

await runService({ name: 'trigger', environment: process.env, openEngines, create: createTrigger });
