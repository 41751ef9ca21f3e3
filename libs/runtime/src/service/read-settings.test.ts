import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from './read-settings.js';

describe('readSettings', () => {
  it('has a default for everything', () => {
    expect(readSettings({})).toMatchObject({ settings: { HTTP_PORT: 8080, WINDOW_MS: 10_000, RETENTION_RAW: 172_800_000, BUS_MAX_BYTES: 4 * 2 ** 30, HOST_AGENT: true } });
  });

  it.each([
    [{ OPSLOOP_HTTP_PORT: 'eighty' }, 'OPSLOOP_HTTP_PORT'],
    [{ OPSLOOP_WINDOW_MS: '7000' }, 'must divide a day evenly'],
    [{ OPSLOOP_RETENTION_1M: 'long' }, 'is not a retention'],
    [{ OPSLOOP_HTP_PORT: '1' }, 'did you mean OPSLOOP_HTTP_PORT?'],
    [{ OPSLOOP_SMTP_URL: 'mail.example.org' }, 'is not an SMTP address'],
    [{ OPSLOOP_ADMIN_TOKEN_FILE: '/nowhere/at/all' }, 'cannot be read (ENOENT)'],
  ])('names the setting and the mend for %j', (environment, expected) => {
    const result = readSettings(environment);
    expect('problems' in result ? result.problems.join('\n') : '').toContain(expected);
  });

  it('reads secrets from files', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'settings-')), 'token');
    writeFileSync(path, 'a-secret-of-some-length\n');
    expect(readSettings({ OPSLOOP_ADMIN_TOKEN_FILE: path })).toMatchObject({ settings: { ADMIN_TOKEN: 'a-secret-of-some-length' } });
  });

  it.each(['', '  '])('takes what is empty as not set (%j): it is no port 0, no lateness of 0, and no address that stands for all', (nothing) => {
    expect(readSettings({ OPSLOOP_HTTP_PORT: nothing, OPSLOOP_HTTP_HOST: nothing, OPSLOOP_LATENESS_MS: nothing, OPSLOOP_DATA_DIR: nothing, OPSLOOP_ADMIN_TOKEN_FILE: nothing })).toEqual(readSettings({}));
  });

  it('asks which one is meant where a secret is given twice', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'settings-')), 'token');
    writeFileSync(path, 'a-secret-of-some-length\n');
    for (const environment of [{ OPSLOOP_ADMIN_TOKEN: 'another-secret-of-it', OPSLOOP_ADMIN_TOKEN_FILE: path }, { OPSLOOP_ADMIN_TOKEN_FILE: path, OPSLOOP_ADMIN_TOKEN: 'another-secret-of-it' }]) {
      expect(readSettings(environment)).toEqual({ problems: ['OPSLOOP_ADMIN_TOKEN and OPSLOOP_ADMIN_TOKEN_FILE are both set: unset one of them'] });
    }
  });

  it('keeps history for ever when told so', () => {
    expect(readSettings({ OPSLOOP_RETENTION_RAW: 'forever' })).toMatchObject({ settings: { RETENTION_RAW: Infinity } });
  });

  test('a secret that is wrong is not repeated', () => {
    const read = readSettings({ OPSLOOP_MONGODB_URL: 'mongo://somebody:hidden@host', OPSLOOP_HTTP_HOST: 'h' });
    expect(read).toEqual({ problems: [expect.stringMatching(/^OPSLOOP_MONGODB_URL: is not an address of MongoDB/)] });
    expect(JSON.stringify(read)).not.toContain('hidden');
  });
});
