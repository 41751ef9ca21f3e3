import { parseDurationMs } from '@opsloop/contracts/duration-text';
import { parseAllDocuments } from 'yaml';

/** What the chart needs of a policy that is being written. Whatever cannot be read yet is left out. */
export interface PolicyDraft {
  readonly metric: string;
  readonly aggregate: 'avg' | 'min' | 'max' | 'last';
  readonly windowMs: number | undefined;
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
      metric: spec['metric'],
      aggregate: aggregate === 'min' || aggregate === 'max' || aggregate === 'last' ? aggregate : 'avg',
      windowMs: parseDurationMs(String(spec['window'] ?? '1m')),
      threshold: objectOf(spec['threshold']),
    };
  }
  return undefined;
}

function objectOf(value: unknown): Loose {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Loose) : {};
}

function safely(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}
