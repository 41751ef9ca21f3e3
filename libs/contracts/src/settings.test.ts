import { settingsSchema } from './settings.js';

it.each([['abc'], ['-1'], ['65536'], ['80.5']])('says which numbers a setting takes when it is %s', (HTTP_PORT) => {
  expect(settingsSchema.safeParse({ HTTP_PORT }).error?.issues.map((issue) => issue.message)).toEqual(['is no whole number from 0 to 65535']);
});

describe('the address of the mail server', () => {
  const problems = (SMTP_URL: string): string[] => settingsSchema.safeParse({ SMTP_URL }).error?.issues.map((issue) => issue.message) ?? [];

  it.each(['smtp://mail.example.com', 'smtps://ops:p%23w%2F@mail.example.com:465', 'smtp://10.0.0.1:25?requireTLS=true', 'smtp://[::1]:25/'])('may be %s', (url) => {
    expect(problems(url)).toEqual([]);
  });

  it.each(['mail.example.com:25', 'smtp://', 'smtp://ops:hunter#2@mail.example.com', 'smtp://ops:2#hunter@mail.example.com', 'smtp://ops:2/4@mail.example.com', 'smtp://mail.example.com:99999'])('is refused by the name of its setting: %s', (url) => {
    expect(problems(url)).toEqual(['is not an SMTP address: write smtp://user:password@host:port or smtps://..., and in the password %23 for #, %2F for /, %3F for ?, %40 for @']);
  });
});
