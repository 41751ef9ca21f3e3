import { settingsSchema } from './settings.js';

it.each([['abc'], ['-1'], ['65536'], ['80.5']])('says which numbers a setting takes when it is %s', (HTTP_PORT) => {
  expect(settingsSchema.safeParse({ HTTP_PORT }).error?.issues.map((issue) => issue.message)).toEqual(['is no whole number from 0 to 65535']);
});
