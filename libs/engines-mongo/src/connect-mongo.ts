import { createConnection, type Connection } from 'mongoose';
import { toStartError } from './to-engine-error.js';

const answerWithinMs = 5_000;
/** A server that was stopped in the middle of a call says nothing: the call ends then, and may be made again. */
const silentForMs = 20_000;
const majorityWithinMs = 10_000;
const defaultDatabase = 'opsloop';

/**
 * Connects; throws one line that names OPSLOOP_MONGODB_URL and the mend. Writes are with the majority, and in its
 * journals. A call ends when the server says nothing for `silentMs`; 0 waits without end.
 */
export async function connectMongo(url: string, silentMs = silentForMs): Promise<Connection> {
  const connection = createConnection();
  try {
    return await connection.openUri(url, {
      autoIndex: false,
      autoCreate: false,
      bufferCommands: false,
      appName: 'opsloop',
      serverSelectionTimeoutMS: answerWithinMs,
      connectTimeoutMS: answerWithinMs,
      socketTimeoutMS: silentMs,
      // A decision that is lost in a fail-over would be taken twice.
      writeConcern: { w: 'majority', journal: true, wtimeoutMS: majorityWithinMs },
      readConcern: { level: 'majority' },
      readPreference: 'primary',
      ignoreUndefined: true,
      ...(namesDatabase(url) ? {} : { dbName: defaultDatabase }),
    });
  } catch (error) {
    await connection.close(true).catch(() => undefined);
    throw toStartError(url, error);
  }
}

function namesDatabase(url: string): boolean {
  return /^[^:]*:\/\/[^/]*\/[^?]+/.test(url);
}
