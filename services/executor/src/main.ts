import { openEngines } from '@opsloop/engines';
import { createRunners } from '@opsloop/runners';
import { runService } from '@opsloop/runtime';
import { createExecutor } from './service.js';

await runService({ name: 'executor', environment: process.env, openEngines, create: (context) => createExecutor({ ...context, runners: createRunners(context.settings) }) });
