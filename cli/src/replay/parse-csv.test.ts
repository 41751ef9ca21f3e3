import { parseCsv, parseTimestamp } from './parse-csv.js';

describe('parseTimestamp', () => {
  const at = Date.UTC(2014, 1, 14, 14, 30);
  it.each([
    ['2014-02-14 14:30:00', at],
    ['2014-02-14T14:30:00Z', at],
    ['2014-02-14T14:30', at],
    ['2014-02-14T23:30:00+09:00', at],
    ['2014-02-14T14:30:00.250Z', at + 250],
    ['2014-02-14', Date.UTC(2014, 1, 14)],
    [String(at / 1000), at],
    [`${at / 1000}.5`, at + 500],
    [String(at), at],
    ['14/02/2014', undefined],
    ['2014-13-40 00:00:00', undefined],
    ['2014-02-30 00:00:00', undefined],
    ['99999999999999999999', undefined],
    ['', undefined],
  ])('reads %s', (text, expected) => {
    expect(parseTimestamp(text)).toBe(expected);
  });
});

describe('parseCsv', () => {
  it('skips a heading, quotes, empty lines and a byte order mark, and sorts by time', () => {
    expect(parseCsv('\ufeff"timestamp","value"\r\n"20","1.5"\r\n\r\n10,-2\r\n', 'f')).toEqual([{ timeMs: 10_000, value: -2 }, { timeMs: 20_000, value: 1.5 }]);
  });

  it('takes no row for a heading: a first time that it cannot read is told', () => {
    expect(() => parseCsv('14/02/2014 10:00,5\n2014-02-14 10:00:00,7\n', 'cpu.csv')).toThrow('cpu.csv:1: "14/02/2014 10:00" is not a time');
  });
});
