import { importsOf, type SourceFile } from './source-files.js';

/** Who may import whom, by room. `main` is what main.ts of a service may import beyond that. */
const allowed: Record<string, { readonly rooms: readonly string[]; readonly main?: readonly string[] }> = {
  'libs/contracts': { rooms: [] },
  'libs/domain': { rooms: ['contracts'] },
  'libs/wire': { rooms: ['contracts'] },
  'libs/ports': { rooms: ['contracts'] },
  'libs/runtime': { rooms: ['ports', 'contracts'] },
  'libs/testing': { rooms: ['ports', 'contracts'] },
  'libs/engines-embedded': { rooms: ['ports', 'contracts'] },
  'libs/engines-kafka': { rooms: ['ports', 'contracts'] },
  'libs/engines-influx': { rooms: ['ports', 'contracts'] },
  'libs/engines-mongo': { rooms: ['ports', 'contracts'] },
  'libs/engines': { rooms: ['ports', 'contracts', 'engines-embedded', 'engines-kafka', 'engines-influx', 'engines-mongo'] },
  'libs/channels': { rooms: ['ports', 'contracts'] },
  'libs/runners': { rooms: ['ports', 'contracts'] },
  'libs/starter': { rooms: ['contracts'] },
  service: { rooms: ['domain', 'wire', 'ports', 'contracts', 'runtime', 'starter'], main: ['engines', 'channels', 'runners'] },
  'services/all-in-one': {
    rooms: ['domain', 'wire', 'ports', 'contracts', 'runtime', 'collector', 'aggregator', 'trigger', 'action', 'executor', 'api', 'host-agent', 'console', 'starter'],
    main: ['engines', 'channels', 'runners'],
  },
  'services/api': { rooms: ['domain', 'wire', 'ports', 'contracts', 'runtime', 'starter'], main: ['engines', 'console'] },
  'services/console': { rooms: ['contracts'] },
  cli: { rooms: ['contracts', 'domain', 'wire'] },
};
/** Rooms that drive the product from outside, for checks, benchmarks and tests: they may import anything. */
const outside = ['checks', 'bench', 'faults', 'e2e', 'deploy'];
const nodeFree = ['libs/domain', 'libs/contracts'];

/** Offences against the import rules, one line each. */
export function checkImportRules(files: readonly SourceFile[]): string[] {
  const offences: string[] = [];
  for (const file of files) {
    const room = roomOf(file.path);
    if (room === undefined || outside.includes(room) || file.path.endsWith('vite.config.ts')) continue;
    const rule = allowed[room] ?? (room.startsWith('services/') ? allowed['service'] : undefined);
    if (!rule) {
      offences.push(`${file.path}: the room ${room} is not in the import rules: add it to checks/src/import-rules.ts`);
      continue;
    }
    for (const { name, line } of importsOf(file)) {
      const target = /^@opsloop\/([^/]+)/.exec(name)?.[1];
      const own = room.split('/').at(-1);
      const permitted = [...rule.rooms, ...(file.path.endsWith('/src/main.ts') ? (rule.main ?? []) : []), ...(file.isTest ? [own, 'testing', 'native', 'engines', 'engines-embedded', 'channels', 'runners'] : [])];
      if (target !== undefined && !permitted.includes(target)) offences.push(`${file.path}:${line}: ${room} may not import @opsloop/${target}`);
      if (name.startsWith('node:') && nodeFree.includes(room) && !file.isTest) offences.push(`${file.path}:${line}: ${room} may not import ${name}: it decides, it does not do`);
    }
    if (nodeFree.includes(room) && !file.isTest) offences.push(...impurities(file));
    if (!file.isTest && room !== 'libs/testing' && !file.path.includes('/fake-api/') && !file.path.endsWith('/main.ts') && /\bprocess\.env\b/.test(file.text)) offences.push(`${file.path}: process.env is read in main.ts alone`);
  }
  return offences;
}

function impurities(file: SourceFile): string[] {
  const pattern = /\b(Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\()/;
  return file.text.split('\n').flatMap((text, index) => {
    const match = pattern.exec(text);
    return match ? [`${file.path}:${index + 1}: ${match[1]}...) in a pure room: time and randomness arrive as arguments`] : [];
  });
}

function roomOf(path: string): string | undefined {
  const [first, second] = path.split('/');
  if (first === 'libs' || first === 'services') return `${first}/${second}`;
  return first !== undefined && path.includes('/') ? first : undefined;
}
