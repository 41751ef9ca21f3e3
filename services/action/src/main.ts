import { createChannels } from '@opsloop/channels';
import { openEngines } from '@opsloop/engines';
import { runService } from '@opsloop/runtime';
import { createAction } from './service.js';

await runService({
  name: 'action',
  environment: process.env,
  openEngines,
  create: (context) => createAction({ ...context, channels: createChannels(context.settings) }),
});
