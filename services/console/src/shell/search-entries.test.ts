import type { SearchEntry } from './search-entries.js';
import { findEntries } from './search-entries.js';

const entry = (name: string, last = false): SearchEntry => ({ href: '/', icon: 'search', name, detail: '', haystack: name.toLowerCase(), last });

test('the nearest come first, and what nobody sends comes last', () => {
  const entries = [entry('adb tool'), entry('Database reads', true), entry('my-db'), entry('db-01'), entry('other')];
  expect(findEntries(entries, ' DB ').map((one) => one.name)).toEqual(['db-01', 'my-db', 'adb tool']);
  expect(findEntries(entries, 'da').map((one) => one.name)).toEqual(['Database reads']);
  expect(findEntries(entries, '').length).toBe(5);
});
