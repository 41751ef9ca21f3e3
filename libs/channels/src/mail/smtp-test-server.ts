/** A real SMTP server for the tests of the mail channel: it keeps what arrives and behaves as a test wants. */
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

export interface ArrivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: string;
  readonly user: string | undefined;
  readonly secure: boolean;
}

export interface SmtpTestServer {
  readonly port: number;
  readonly arrived: readonly ArrivedMail[];
  readonly connections: () => number;
  stop(): Promise<void>;
}

/** Without options: no TLS, no authentication, everything accepted. */
export async function startSmtpTestServer(options: SMTPServerOptions = {}): Promise<SmtpTestServer> {
  const arrived: ArrivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onConnect(_session, callback) {
      connections += 1;
      callback();
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        arrived.push(mailOf(session, Buffer.concat(chunks).toString('utf8')));
        callback();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return { port, arrived, connections: () => connections, stop: () => new Promise((resolve) => server.close(() => resolve())) };
}

function mailOf(session: SMTPServerSession, raw: string): ArrivedMail {
  const { mailFrom, rcptTo } = session.envelope;
  return { from: mailFrom ? mailFrom.address : '', to: rcptTo.map((one) => one.address), raw, user: session.user, secure: session.secure };
}

/** An SMTP answer with its code, as the server gives it. */
export function smtpError(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}
