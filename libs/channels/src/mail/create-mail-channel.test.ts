import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Message } from '@opsloop/ports';
import PostalMime from 'postal-mime';
import { createMailChannel, type MailChannel, type MailTimeouts } from './create-mail-channel.js';
import { smtpError, startSmtpTestServer, type SmtpTestServer } from './smtp-test-server.js';

const message: Message = {
  idempotencyKey: 'default/notice-1',
  threadKey: 'default/group-1/7',
  to: ['on-call@example.com'],
  subject: '[심각] web-1 CPU 사용률: 97.3 % (> 95 %)',
  text: '상태: 심각\n링크: https://ops.example.com/alarms/1\n',
  html: '<p>상태: <b>심각</b></p>',
};
const untilTheEnd = () => AbortSignal.timeout(20_000);

let server: SmtpTestServer | undefined;
let channel: MailChannel | undefined;

function channelTo(port: number, { user = '', query = '', timeouts }: { user?: string; query?: string; timeouts?: Partial<MailTimeouts> } = {}): MailChannel {
  channel = createMailChannel({ smtpUrl: `smtp://${user}127.0.0.1:${port}${query}`, from: 'Opsloop <opsloop@example.org>', ...(timeouts && { timeouts }) });
  return channel;
}

afterEach(async () => {
  channel?.close();
  await server?.stop();
  channel = undefined;
  server = undefined;
});

describe('a mail that arrives', () => {
  it('carries subject, both bodies, its sender and its receivers, in Korean too', async () => {
    server = await startSmtpTestServer();
    const delivery = await channelTo(server.port).send({ ...message, to: ['a@example.com', 'b@example.com'] }, untilTheEnd());
    expect(delivery).toMatchObject({ outcome: 'sent', receipt: expect.stringMatching(/^250/) });
    const [mail] = server.arrived;
    expect(mail).toMatchObject({ from: 'opsloop@example.org', to: ['a@example.com', 'b@example.com'] });
    const parsed = await PostalMime.parse(mail!.raw);
    expect(parsed.subject).toBe(message.subject);
    expect(parsed.from).toMatchObject({ name: 'Opsloop', address: 'opsloop@example.org' });
    expect(parsed.to?.map((one) => one.address)).toEqual(['a@example.com', 'b@example.com']);
    expect(parsed.text?.trim()).toBe(message.text.trim());
    expect(parsed.html?.trim()).toBe(message.html);
    expect(parsed.headers.find((one) => one.key === 'auto-submitted')?.value).toBe('auto-generated');
  });

  it('is the same message when it is sent again, another one otherwise, and joins its thread', async () => {
    server = await startSmtpTestServer();
    const mail = channelTo(server.port);
    await mail.send(message, untilTheEnd());
    await mail.send(message, untilTheEnd());
    await mail.send({ ...message, idempotencyKey: 'default/notice-2' }, untilTheEnd());
    await mail.send({ ...message, idempotencyKey: 'default/notice-3', threadKey: 'another' }, untilTheEnd());
    const parsed = await Promise.all(server.arrived.map((one) => PostalMime.parse(one.raw)));
    const ids = parsed.map((one) => one.messageId);
    expect(ids[0]).toMatch(/^<[0-9a-f]{32}@example\.org>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(new Set(ids).size).toBe(3);
    expect(parsed.map((one) => one.inReplyTo)).toEqual(parsed.map((one) => one.references));
    expect(parsed[2]!.references).toBe(parsed[0]!.references);
    expect(parsed[3]!.references).not.toBe(parsed[0]!.references);
  });

  it('goes over one connection after the other', async () => {
    server = await startSmtpTestServer();
    const mail = channelTo(server.port);
    for (const key of ['1', '2', '3']) await mail.send({ ...message, idempotencyKey: key }, untilTheEnd());
    expect(server.arrived).toHaveLength(3);
    expect(server.connections()).toBe(1);
  });

  it('cannot be made to carry headers, recipients or commands that nobody meant', async () => {
    server = await startSmtpTestServer();
    const hostile = { ...message, to: ['a@example.com', 'b@example.com\r\nBcc: thief@example.com', 'c@example.com, thief@example.com', 'd@example.com>\r\nRCPT TO:<thief@example.com'], subject: 'x\r\nBcc: thief@example.com\r\n\r\nbody', threadKey: 't\r\nX-Evil: 1', idempotencyKey: 'k>\r\nX-Evil: 1' };
    const delivery = await channelTo(server.port).send(hostile, untilTheEnd());
    expect(delivery).toMatchObject({ outcome: 'sent', missed: hostile.to.slice(1).map((to) => ({ to, retry: false })) });
    expect(server.arrived).toHaveLength(1);
    const [mail] = server.arrived;
    expect(mail!.to).toEqual(['a@example.com']);
    const parsed = await PostalMime.parse(mail!.raw);
    expect(parsed.headers.map((one) => one.key)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(bcc|x-evil)$/)]));
    expect(parsed.subject).toBe('x Bcc: thief@example.com body');
    expect(parsed.text?.trim()).toBe(message.text.trim());
  });
});

describe('a server that does not take it', () => {
  it.each([
    [550, 'no such user', 'rejected'],
    [450, 'greylisted, try again', 'retry'],
  ] as const)('answers %i to the address: %s', async (code, text, outcome) => {
    server = await startSmtpTestServer({ onRcptTo: (_address, _session, callback) => callback(smtpError(code, text)) });
    const delivery = await channelTo(server.port).send(message, untilTheEnd());
    expect(delivery).toEqual({ outcome, reason: expect.stringContaining(`on-call@example.com: ${code} ${text}`) });
  });

  it.each([
    [554, 'looks like spam', 'rejected'],
    [452, 'disk is full', 'retry'],
  ] as const)('answers %i to the content: %s', async (code, text, outcome) => {
    server = await startSmtpTestServer({
      onData(stream, _session, callback) {
        stream.resume().on('end', () => callback(smtpError(code, text)));
      },
    });
    expect(await channelTo(server.port).send(message, untilTheEnd())).toEqual({ outcome, reason: `${code} ${text}` });
  });

  it('greylists at first and takes it later', async () => {
    let tries = 0;
    server = await startSmtpTestServer({ onRcptTo: (_address, _session, callback) => callback((tries += 1) === 1 ? smtpError(451, 'greylisted') : null) });
    const mail = channelTo(server.port);
    expect(await mail.send(message, untilTheEnd())).toMatchObject({ outcome: 'retry' });
    expect(await mail.send(message, untilTheEnd())).toMatchObject({ outcome: 'sent' });
    expect(server.arrived).toHaveLength(1);
  });

  it('takes some addresses, refuses one and defers one: each is named with what to do', async () => {
    server = await startSmtpTestServer({
      onRcptTo: ({ address }, _session, callback) => callback(address.startsWith('gone') ? smtpError(550, 'gone') : address.startsWith('full') ? smtpError(452, 'full') : null),
    });
    const delivery = await channelTo(server.port).send({ ...message, to: ['ok@example.com', 'gone@example.com', 'full@example.com'] }, untilTheEnd());
    expect(delivery).toMatchObject({ outcome: 'sent', missed: [{ to: 'gone@example.com', reason: '550 gone', retry: false }, { to: 'full@example.com', reason: '452 full', retry: true }] });
    expect(server.arrived[0]!.to).toEqual(['ok@example.com']);
  });

  it('names the addresses as they were given, however the server is told them', async () => {
    server = await startSmtpTestServer({
      onRcptTo: ({ address }, _session, callback) => callback(/^gone/i.test(address) ? smtpError(550, 'gone') : address.startsWith('full') ? smtpError(452, 'full') : null),
    });
    const to = ['OK@Example.COM', 'Gone@Example.COM', 'full@bücher.example', 'full@EXAMPLE.com', 'full@example.com', 'a..b@Example.com'];
    const delivery = await channelTo(server.port).send({ ...message, to }, untilTheEnd());
    expect(delivery).toMatchObject({ outcome: 'sent', missed: expect.any(Array) });
    const missed = delivery.outcome === 'sent' ? delivery.missed! : [];
    expect(missed.map((one) => [one.to, one.retry]).toSorted()).toEqual([['Gone@Example.COM', false], ['a..b@Example.com', false], ['full@EXAMPLE.com', true], ['full@bücher.example', true], ['full@example.com', true]]);
  });

  it('refuses every address, one of them only for now: the message is tried again', async () => {
    server = await startSmtpTestServer({ onRcptTo: ({ address }, _session, callback) => callback(address.startsWith('gone') ? smtpError(550, 'gone') : smtpError(452, 'full')) });
    expect(await channelTo(server.port).send({ ...message, to: ['gone@example.com', 'full@example.com'] }, untilTheEnd())).toMatchObject({ outcome: 'retry' });
  });

  it('does not listen', async () => {
    server = await startSmtpTestServer();
    const { port } = server;
    await server.stop();
    server = undefined;
    expect(await channelTo(port).send(message, untilTheEnd())).toEqual({ outcome: 'retry', reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('wants credentials: with them the mail arrives, with wrong ones or none it waits for somebody to mend them', async () => {
    server = await startSmtpTestServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, callback) => (username === 'opsloop' && password === 's3cret/x' ? callback(null, { user: username }) : callback(smtpError(535, 'wrong credentials'))),
    });
    const right = channelTo(server.port, { user: 'opsloop:s3cret%2Fx@' });
    expect(await right.send(message, untilTheEnd())).toMatchObject({ outcome: 'sent' });
    expect(server.arrived[0]!.user).toBe('opsloop');
    right.close();
    expect(await channelTo(server.port, { user: 'opsloop:wrong@' }).send(message, untilTheEnd())).toMatchObject({ outcome: 'retry', reason: expect.stringContaining('535') });
    channel?.close();
    expect(await channelTo(server.port).send(message, untilTheEnd())).toMatchObject({ outcome: 'retry', reason: expect.stringContaining('530') });
  });
});

describe('transport security', () => {
  it('is used when the server offers it, and insisted on when the address says so', async () => {
    server = await startSmtpTestServer({ disabledCommands: [] });
    expect(await channelTo(server.port, { query: '?tls.rejectUnauthorized=false' }).send(message, untilTheEnd())).toMatchObject({ outcome: 'sent' });
    expect(server.arrived[0]!.secure).toBe(true);
    channel?.close();
    await server.stop();
    server = await startSmtpTestServer();
    expect(await channelTo(server.port, { query: '?requireTLS=true' }).send(message, untilTheEnd())).toMatchObject({ outcome: 'retry' });
    expect(server.arrived).toHaveLength(0);
  });
});

describe('a server that breaks off', () => {
  const sockets = new Set<Socket>();
  let raw: ReturnType<typeof createServer> | undefined;

  /** Speaks just enough SMTP; `behave` gets each line and answers by itself. */
  async function rawServer(greeting: string | undefined, behave: (line: string, socket: Socket) => void): Promise<number> {
    raw = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      if (greeting !== undefined) socket.write(`${greeting}\r\n`);
      let rest = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\r\n');
        rest = lines.pop()!;
        for (const line of lines) behave(line, socket);
      });
    });
    await new Promise<void>((resolve) => raw!.listen(0, '127.0.0.1', resolve));
    return (raw.address() as AddressInfo).port;
  }

  afterEach(async () => {
    channel?.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await new Promise((resolve) => (raw ? raw.close(resolve) : resolve(undefined)));
    raw = undefined;
  });

  it('never greets: a time-out, to be tried again', async () => {
    const port = await rawServer(undefined, () => undefined);
    const startedMs = Date.now();
    expect(await channelTo(port, { timeouts: { greetingMs: 300 } }).send(message, untilTheEnd())).toEqual({ outcome: 'retry', reason: expect.stringContaining('ETIMEDOUT') });
    expect(Date.now() - startedMs).toBeLessThan(5_000);
  });

  it('falls silent after the content: a time-out, to be tried again', async () => {
    const port = await rawServer('220 here', (line, socket) => {
      if (/^(EHLO|MAIL|RCPT)/.test(line)) socket.write('250 ok\r\n');
      if (line === 'DATA') socket.write('354 go\r\n');
    });
    expect(await channelTo(port, { timeouts: { silenceMs: 400 } }).send(message, untilTheEnd())).toEqual({ outcome: 'retry', reason: expect.stringContaining('ETIMEDOUT') });
  });

  it('closes in the middle of the content: to be tried again, and the channel itself does not send it twice', async () => {
    let contents = 0;
    const port = await rawServer('220 here', (line, socket) => {
      if (/^(EHLO|MAIL|RCPT)/.test(line)) socket.write('250 ok\r\n');
      if (line === 'DATA') {
        contents += 1;
        socket.write('354 go\r\n', () => setTimeout(() => socket.destroy(), 50));
      }
    });
    expect(await channelTo(port).send(message, untilTheEnd())).toMatchObject({ outcome: 'retry' });
    expect(contents).toBe(1);
  });

  it('refuses in its greeting: to be tried again', async () => {
    const port = await rawServer('554 not today', () => undefined);
    expect(await channelTo(port).send(message, untilTheEnd())).toEqual({ outcome: 'retry', reason: expect.stringContaining('554') });
  });

  it('trickles: the signal ends it', async () => {
    const port = await rawServer('220 here', (line, socket) => {
      if (line.startsWith('EHLO')) setInterval(() => socket.write('250-slow\r\n'), 50).unref();
    });
    const startedMs = Date.now();
    expect(await channelTo(port).send(message, AbortSignal.timeout(500))).toMatchObject({ outcome: 'retry' });
    expect(Date.now() - startedMs).toBeLessThan(3_000);
  });
});
