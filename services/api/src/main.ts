import { fileURLToPath } from 'node:url';
import { pageDir } from '@opsloop/console';
import { openEngines } from '@opsloop/engines';
import { runService } from '@opsloop/runtime';
import { createLoneApi } from './lone-api.js';

await runService({
  name: 'api',
  environment: process.env,
  openEngines,
  create: (context, { health }) => createLoneApi({ context, health, pageDir: fileURLToPath(pageDir), announce: (line) => process.stdout.write(`${line}\n`) }),
});
