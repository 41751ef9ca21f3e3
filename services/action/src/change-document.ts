import { EngineError, type Collection, type Document, type Stored } from '@opsloop/ports';

const maxTries = 100;

export interface ChangeOptions<T> {
  /** Whether the claim of the document ends with this write; by default it stays with its holder. */
  endsClaim?(next: T): boolean;
}

/**
 * Compare-and-set until it holds: applies `change` to the newest version; `undefined` from it means that nothing is to
 * be done. Answers the document as it is now, or 'missing'.
 */
export async function changeDocument<T extends Document>(collection: Collection<T>, id: string, change: (doc: T, version: number) => T | undefined, { endsClaim = () => false }: ChangeOptions<T> = {}): Promise<Stored<T> | 'missing'> {
  for (let tries = 0; tries < maxTries; tries += 1) {
    const stored = await collection.get(id);
    if (!stored) return 'missing';
    const next = change(stored.doc, stored.version);
    if (next === undefined) return stored;
    const outcome = await collection.replace(next, stored.version, { keepLease: !endsClaim(next) });
    if (outcome !== 'conflict') return outcome;
  }
  throw new EngineError(`document ${id} changed under every one of ${maxTries} attempts to change it`, { retryable: true });
}
