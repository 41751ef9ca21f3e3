import { parseDurationMs } from '@opsloop/contracts/duration-text';
import { parseAllDocuments } from 'yaml';

/** What the preview needs of a policy that is being written. Whatever cannot be read yet is left out. */
export interface PolicyDraft {
  readonly name: string | undefined;
  readonly metric: string;
  readonly aggregate: 'avg' | 'min' | 'max' | 'last';
  readonly windowMs: number | undefined;
  /** Labels with one value; a list of values is not drawn apart. */
  readonly match: Readonly<Record<string, string>>;
  readonly threshold: Readonly<Record<string, unknown>>;
}

type Loose = Readonly<Record<string, unknown>>;

/** The first policy in a text, half-written as it may be; undefined until it names a metric. */
export function readPolicyDraft(text: string): PolicyDraft | undefined {
  const documents = parseAllDocuments(text, { logLevel: 'silent' });
  if ('empty' in documents) return undefined;
  for (const document of documents) {
    // A document with errors still gives what could be read of it.
    const policy = objectOf(safely(() => document.toJS() as unknown));
    const spec = objectOf(policy['spec']);
    if (policy['kind'] !== 'Policy' || typeof spec['metric'] !== 'string' || spec['metric'] === '') continue;
    const aggregate = String(spec['aggregate'] ?? 'AVG').toLowerCase();
    return {
      name: textOf(objectOf(policy['metadata'])['name']),
      metric: spec['metric'],
      aggregate: aggregate === 'min' || aggregate === 'max' || aggregate === 'last' ? aggregate : 'avg',
      windowMs: parseDurationMs(String(spec['window'] ?? '1m')),
      match: Object.fromEntries(Object.entries(objectOf(objectOf(spec['target'])['match'])).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []))),
      threshold: objectOf(spec['threshold']),
    };
  }
  return undefined;
}

function objectOf(value: unknown): Loose {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function safely(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
