import { secretSettings, settingsSchema } from '@opsloop/contracts';
import { z } from 'zod';

/** docs/configuration.md: every setting with its default and meaning. */
export function generateConfiguration(): string {
  const schema = z.toJSONSchema(settingsSchema, { io: 'input', unrepresentable: 'any' }) as { properties: Record<string, { description?: string; default?: unknown; enum?: unknown[]; minimum?: number; maximum?: number }> };
  const rows = Object.entries(schema.properties).map(([key, property]) => {
    const choices = property.enum ? `${property.enum.map((value) => `\`${String(value)}\``).join(', ')}` : '';
    const secret = secretSettings.includes(key as (typeof secretSettings)[number]) ? ' Secret: may come from a file, by the same name with `_FILE`.' : '';
    const fallback = property.default === undefined ? '' : `\`${String(property.default)}\``;
    return `| \`OPSLOOP_${key}\` | ${fallback} | ${property.description ?? ''}${choices ? ` (${choices})` : ''}.${secret} |`;
  });
  return `# Configuration

Settings are environment variables. A wrong value or an unknown name with this prefix stops the start with one line that names it; an empty one is as not set.
This page is generated from the settings' schema (\`libs/contracts/src/settings.ts\`).

| setting | default | meaning |
|---|---|---|
${rows.join('\n')}
`;
}
