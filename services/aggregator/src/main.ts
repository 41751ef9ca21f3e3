import { openEngines } from '@opsloop/engines';
import { runService } from '@opsloop/runtime';
import { createAggregator } from './service.js';

await runService({ name: 'aggregator', environment: process.env, openEngines, create: createAggregator });
