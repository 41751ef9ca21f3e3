import type { Playbook } from '@opsloop/contracts';
import { defaultForm, readInputs } from './read-inputs.js';

const schema: Playbook['spec']['inputs'] = {
  domain: { type: 'string', pattern: '[a-z.]+' },
  port: { type: 'number', default: 443 },
  reload: { type: 'boolean', default: true },
  channel: { type: 'string', enum: ['stable', 'candidate'] },
  level: { type: 'string', enum: [1, 2] },
};

test('a form begins with the defaults', () => {
  expect(defaultForm(schema)).toEqual({ domain: '', port: '443', reload: true, channel: 'stable', level: '1' });
});

test('values come in the types of the playbook', () => {
  expect(readInputs(schema, { domain: 'a.example', port: ' 8443 ', reload: false, channel: 'candidate', level: '2' })).toEqual({ values: { domain: 'a.example', port: 8443, reload: false, channel: 'candidate', level: 2 }, problems: {} });
});

test('what is wrong is said for its field', () => {
  expect(readInputs(schema, { domain: 'UPPER', port: 'many' }).problems).toEqual({ domain: 'notPattern', port: 'notNumber', channel: 'must', level: 'must' });
  expect(readInputs(schema, { domain: 'a.b\nx', port: '', channel: 'stable', level: '1' })).toMatchObject({ problems: { domain: 'notPattern' }, values: { reload: false } });
});
