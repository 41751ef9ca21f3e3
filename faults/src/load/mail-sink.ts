import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

export interface MailSink {
  readonly url: string;
  /** Message-ID -> how often it came. */
  readonly received: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** A mail server that takes everything and counts; `path` remembers it for a run that is taken up again. */
export async function startMailSink(path: string): Promise<MailSink> {
  const received = new Map<string, number>();
  const count = (id: string) => received.set(id, (received.get(id) ?? 0) + 1);
  if (existsSync(path)) readFileSync(path, 'utf8').split('\n').filter(Boolean).forEach(count);
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const id = /^message-id:\s*<([^>]+)>/im.exec(Buffer.concat(chunks).toString())?.[1] ?? 'without id';
        appendFileSync(path, `${id}\n`);
        count(id);
        done();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${port}`, received, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}
