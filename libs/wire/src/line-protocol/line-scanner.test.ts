import { arrivalMs, createBodyReader } from './collecting-sink.js';

/** Reads a body three times with one scanner: what is remembered from the first time must change nothing. */
function read(body: string | Uint8Array, precision: Parameters<ReturnType<typeof createBodyReader>>[1] = 'ns') {
  const reader = createBodyReader();
  const first = reader(body, precision);
  expect(reader(body, precision).lines).toEqual(first.lines);
  const third = reader(body, precision);
  expect({ ...third, opened: 0 }).toEqual({ ...first, opened: 0 });
  return first;
}

describe('what is accepted', () => {
  it.each<[string, string, (readonly [string, number | string])[]]>([
    ['a float', 'm f=1.5', [['f', 1.5]]],
    ['a float without a point', 'm f=1', [['f', 1]]],
    ['a float that ends with its point', 'm f=1.', [['f', 1]]],
    ['a float that begins with its point', 'm f=.5', [['f', 0.5]]],
    ['a negative float', 'm f=-.25', [['f', -0.25]]],
    ['an exponent', 'm f=1e3,g=-2.5E-2,h=1e+2', [['f', 1000], ['g', -0.025], ['h', 100]]],
    ['leading zeros', 'm f=007,g=-00.50', [['f', 7], ['g', -0.5]]],
    ['minus zero as zero', 'm f=-0,g=-0i', [['f', 0], ['g', 0]]],
    ['a float with more digits than a double', 'm f=0.1234567890123456789', [['f', 0.12345678901234568]]],
    ['a float of 40 digits', `m f=${'9'.repeat(40)}`, [['f', 1e40]]],
    ['the smallest exponents', 'm f=4.9e-324,g=1e-400', [['f', 5e-324], ['g', 0]]],
    ['what naive scaling would round twice', 'm f=8.41e21,g=9007199254740993,h=0.1,i=1.1e-5', [['f', 8.41e21], ['g', 9007199254740992], ['h', 0.1], ['i', 1.1e-5]]],
    ['an integer', 'm f=42i,g=-42i', [['f', 42], ['g', -42]]],
    ['the ends of int64', 'm f=9223372036854775807i,g=-9223372036854775808i', [['f', 2 ** 63], ['g', -(2 ** 63)]]],
    ['an unsigned integer', 'm f=42u,g=18446744073709551615u', [['f', 42], ['g', 2 ** 64]]],
    ['an integer with many leading zeros', `m f=${'0'.repeat(30)}5i`, [['f', 5]]],
    ['every spelling of true', 'm a=t,b=T,c=true,d=True,e=TRUE', [['a', 1], ['b', 1], ['c', 1], ['d', 1], ['e', 1]]],
    ['every spelling of false', 'm a=f,b=F,c=false,d=False,e=FALSE', [['a', 0], ['b', 0], ['c', 0], ['d', 0], ['e', 0]]],
    ['a string', 'm f="a b,c=d"', [['f', 'a b,c=d']]],
    ['an empty string', 'm f=""', [['f', '']]],
    ['a string over two lines', 'm f="a\nb",g=1', [['g', 1], ['f', 'a\nb']]],
    ['a string with quotes and backslashes', String.raw`m f="a\"b\\",g="\n"`, [['f', 'a"b\\'], ['g', '\\n']]],
    ['a string with # and line breaks', 'm f="\n# no comment\n"', [['f', '\n# no comment\n']]],
    ['a field twice: both are told, the later one counts', 'm f=1,f=2', [['f', 1], ['f', 2]]],
    ['an escaped field key', String.raw`m a\ b=1,c\,d=2,e\=f=3,g\"h=4,i\j=5`, [['a b', 1], ['c,d', 2], ['e=f', 3], ['g"h', 4], ['i\\j', 5]]],
    ['a quoted field key, quotes included', 'm "f"=1', [['"f"', 1]]],
    ['hangul and emoji', 'm 온도=1,🌡="뜨거움"', [['온도', 1], ['🌡', '뜨거움']]],
    ['blanks between key and fields', 'm  \t f=1', [['f', 1]]],
  ])('%s', (_, body, fields) => {
    const { lines, problems } = read(body);
    expect(problems).toEqual([]);
    expect(lines.map((line) => line.fields)).toEqual([fields]);
  });

  it.each<[string, string, string, Record<string, string>]>([
    ['no tags', 'm f=1', 'm', {}],
    ['tags in any order', 'm,b=2,a=1 f=1', 'm', { a: '1', b: '2' }],
    ['escapes in the measurement', String.raw`a\ b\,c\=d f=1`, 'a b,c=d', {}],
    ['a measurement with =', 'a=b f=1', 'a=b', {}],
    ['a measurement that begins with a backslash', String.raw`\a f=1`, '\\a', {}],
    ['escapes in tags', String.raw`m,a\ b=c\ d,e\,f=g\,h,i\=j=k\=l f=1`, 'm', { 'a b': 'c d', 'e,f': 'g,h', 'i=j': 'k=l' }],
    ['a tag value that begins with =', 'm,a== f=1', 'm', { a: '=' }],
    ['quotes in a tag value', 'm,a="x" f=1', 'm', { a: '"x"' }],
    ['a backslash that escapes nothing', String.raw`m,a=c:\dir f=1`, 'm', { a: 'c:\\dir' }],
    ['a tag key beyond ASCII', 'm,ÿ=1 f=1', 'm', { ÿ: '1' }],
    ['hangul', '서버,호스트=웹\\ 1 f=1', '서버', { 호스트: '웹 1' }],
    ['a newline behind a backslash', 'm,a=b\\\nc f=1', 'm', { a: 'b\\\nc' }],
    ['blanks before the line', ' \t\0m,a=1 f=1', 'm', { a: '1' }],
    ['a # that does not begin the line', '#m f=1\nm,a=# f=1', 'm', { a: '#' }],
  ])('%s', (_, body, measurement, tags) => {
    const { lines, problems } = read(body);
    expect(problems).toEqual([]);
    expect(lines).toMatchObject([{ measurement, tags }]);
  });

  it.each<[string, string, Parameters<typeof read>[1], number]>([
    ['nanoseconds', ' 1700000000123456789', 'ns', 1_700_000_000_123 + 0.456789],
    ['microseconds', ' 1700000000123456', 'us', 1_700_000_000_123.456],
    ['milliseconds', ' 1700000000123', 'ms', 1_700_000_000_123],
    ['seconds', ' 1700000000', 's', 1_700_000_000_000],
    ['minutes', ' 28333333', 'm', 28_333_333 * 60_000],
    ['hours', ' 472222', 'h', 472_222 * 3_600_000],
    ['zero', ' 0', 'ns', 0],
    ['a few nanoseconds', ' 5', 'ns', 0.000_005],
    ['before 1970', ' -1500000', 'ns', -1.5],
    ['the earliest time', ' -9223372036854775806', 'ns', -(9_223_372_036_854 + 0.775806)],
    ['leading zeros', ' 0001700000000123', 'ms', 1_700_000_000_123],
    ['blanks around it', '  1700000000123  ', 'ms', 1_700_000_000_123],
    ['none: the arrival', '', 'ns', arrivalMs],
    ['none, but blanks', '   ', 'us', arrivalMs],
    ['none: the arrival cut to milliseconds', '', 'ms', 1_700_000_000_123],
    ['none: the arrival cut to seconds', '', 's', 1_700_000_000_000],
  ])('a timestamp: %s', (_, timestamp, precision, timeMs) => {
    expect(read(`m f=1${timestamp}\nm f=2${timestamp}`, precision).lines.map((line) => line.timeMs)).toEqual([timeMs, timeMs]);
  });

  it.each<[string, string, number]>([
    ['nothing', '', 0],
    ['blank lines', '\n\n  \n\t\n', 0],
    ['comments', '# a\n  # b="c\nm f=1\n#', 1],
    ['a last line with its newline', 'm f=1\nm f=2\n', 2],
    ['a last line without', 'm f=1\nm f=2', 2],
    ['CRLF', 'm f=1\r\n\r\nm f=2 5\r\nm,a=b f=t,g="x"\r\n', 3],
    ['a comment that ends the body', 'm f=1\n# end', 1],
  ])('%s', (_, body, count) => {
    const { lines, problems } = read(body);
    expect(problems).toEqual([]);
    expect(lines).toHaveLength(count);
  });

  it('counts integers that lose digits', () => {
    expect(read('m a=9007199254740992i,b=9007199254740991i,c=18446744073709551615u').rounded).toBe(2);
  });
});

describe('what is refused', () => {
  it.each([
    ['no fields', 'm', 'missing fields'],
    ['no fields behind tags', 'm,a=b', 'missing fields'],
    ['no fields behind a space', 'm ', 'missing fields'],
    ['no measurement', ',a=b f=1', 'missing measurement'],
    ['an empty tag value', 'm,a= f=1', 'missing tag value for "a"'],
    ['an empty tag value before another', 'm,a=,b=c f=1', 'missing tag value for "a"'],
    ['a tag without =', 'm,a f=1', 'missing tag value for "a"'],
    ['an empty tag key', 'm,=b f=1', 'missing tag key'],
    ['a comma behind the tags', 'm,a=b, f=1', 'missing tag key'],
    ['a comma behind the measurement', 'm, f=1', 'missing tag key'],
    ['a tag value with =', 'm,a=b=c f=1', 'unescaped ='],
    ['a tag twice', 'm,a=1,b=2,a=1 f=1', 'duplicate tag "a"'],
    ['a reserved tag', 'm,time=1 f=1', '"time" is reserved'],
    ['a tag named NUL, which InfluxDB keeps for the measurement', 'm,\0=1 f=1', 'is reserved'],
    ['a tag named by the byte that InfluxDB keeps for the field', Buffer.from('m,\xff=1 f=1', 'latin1'), 'not valid UTF-8'],
    ['a field without a value', 'm f=', 'missing field value for "f"'],
    ['a field without a value before another', 'm f=,g=1', 'missing field value for "f"'],
    ['a field without =', 'm f', 'missing field value: "f" has no ='],
    ['a second field without =', 'm f=1,g', '"g" has no ='],
    ['a field without a key', 'm =1', 'missing field key'],
    ['a second field without a key', 'm f=1,=2', 'missing field key'],
    ['a comma at the end', 'm f=1,', 'beside a comma'],
    ['a comma at the start', 'm ,f=1', 'beside a comma'],
    ['a blank behind a comma', 'm f=1, g=2', 'beside a comma'],
    ['a field key that ends with two backslashes', 'm f\\\\=1', 'has no ='],
    ['a bare word', 'm f=abc', 'abc is neither a number, a boolean nor a quoted string'],
    ['a boolean in odd case', 'm f=tRUE', 'neither'],
    ['half a boolean', 'm f=tru', 'neither'],
    ['NaN', 'm f=NaN', 'NaN cannot be stored'],
    ['nan', 'm f=1,g=nan 5', 'nan cannot be stored'],
    ['infinity', 'm f=+Inf', '+Inf cannot be stored'],
    ['minus infinity', 'm f=-inf', '-inf cannot be stored'],
    ['a float out of range', 'm f=1e999', 'out of range'],
    ['a float out of range without exponent', `m f=${'9'.repeat(320)}`, 'out of range'],
    ['an endless number', `m f=${'1'.repeat(100_000)}`, 'too long'],
    ['an integer out of range', 'm f=9223372036854775808i', 'the integer 9223372036854775808i is out of range'],
    ['an integer below range', 'm f=-9223372036854775809i', 'out of range'],
    ['an unsigned integer out of range', 'm f=18446744073709551616u', 'out of range'],
    ['a negative unsigned integer', 'm f=-1u', 'neither'],
    ['an integer with a point', 'm f=1.0i', 'neither'],
    ['an integer with an exponent', 'm f=1e2i', 'neither'],
    ['digits behind the suffix', 'm f=1i2', 'neither'],
    ['two points', 'm f=1.2.3', 'neither'],
    ['an exponent without digits', 'm f=1e', 'neither'],
    ['a plus sign', 'm f=+1', 'neither'],
    ['hexadecimal', 'm f=0x1f', 'neither'],
    ['a decimal comma', 'm f=1,5', '"5" has no ='],
    ['a lone minus', 'm f=-', 'neither'],
    ['a lone point', 'm f=.', 'neither'],
    ['an unbalanced quote', 'm f="a', 'unbalanced quotes'],
    ['a quote that is escaped at the end', String.raw`m f="a\"`, 'unbalanced quotes'],
    ['text behind a closing quote', 'm f="a"b', 'behind the closing quote'],
    ['a single-quoted string', "m f='a'", 'neither'],
    ['a timestamp with a point', 'm f=1 1.5', 'bad timestamp "1.5"'],
    ['a timestamp with a letter', 'm f=1 123s', 'bad timestamp "123s"'],
    ['a lone minus as timestamp', 'm f=1 -', 'bad timestamp "-"'],
    ['a timestamp out of range', 'm f=1 9223372036854775807', 'out of range for precision ns'],
    ['an endless timestamp', `m f=1 ${'1'.repeat(100_000)}`, 'out of range'],
    ['something behind the timestamp', 'm f=1 5 6', 'unexpected "6" behind the timestamp'],
    ['a time that the receiver refuses', 'm f=1 1800000000000000000', 'too far ahead'],
    ['a key longer than 64 KiB', `m,a=${'x'.repeat(70_000)} f=1`, 'more than 65535'],
    ['a measurement that is not UTF-8', Buffer.from([0x6d, 0xff, 0x20, 0x66, 0x3d, 0x31]), 'not valid UTF-8'],
    ['a tag value that is not UTF-8', Buffer.from('m,a=\xc3( f=1', 'latin1'), 'not valid UTF-8'],
    ['JSON', '{"a": 1}', 'missing field'],
    ['a line of NUL and more', '\0\0\0,', 'missing measurement'],
  ])('%s', (_, body, message) => {
    const { lines, problems, refusedLines } = read(body);
    expect(problems.map((one) => one.message).join()).toContain(message);
    expect({ lines, refusedLines }).toEqual({ lines: [], refusedLines: 1 });
  });

  it('keeps the good lines, and tells the numbers of the bad ones', () => {
    const { lines, problems } = read('m f=1\n\n# x\nm f=\nm f="two\nlines" 5\nm f=x\nm f=3');
    expect(lines.map((line) => line.fields[0]![1])).toEqual([1, 'two\nlines', 3]);
    expect(problems.map(({ line, reason }) => [line, reason])).toEqual([[4, 'syntax'], [7, 'syntax']]);
  });

  it('tells the first ten and counts all', () => {
    const { problems, refusedLines } = read('m f=\n'.repeat(500));
    expect(problems).toHaveLength(10);
    expect(refusedLines).toBe(500);
  });

  it('takes up again behind a string that was never closed', () => {
    expect(read('m f="a\nm g=1 "x\nm i=1').lines.map((line) => line.fields)).toEqual([[['i', 1]]]);
  });
});

describe('what is remembered', () => {
  it('asks once for a key, whatever order its fields come in', () => {
    const reader = createBodyReader();
    expect(reader('m,a=b f=1,g=2,h=3\nm,a=b h=3,g=2,f=1\nm,a=b g=2').opened).toBe(1);
    expect(reader('m,a=b g=5').lines).toMatchObject([{ fields: [['g', 5]] }]);
    expect(reader('m,a=b g=5').opened).toBe(0);
  });

  it('keeps the keys of two senders apart', () => {
    const reader = createBodyReader();
    expect(reader('m,a=b f=1', 'ns', 1).opened).toBe(1);
    expect(reader('m,a=b f=1', 'ns', 2).opened).toBe(1);
    expect(reader('m,a=b f=1', 'ns', 1).opened).toBe(0);
  });

  it('forgets keys, never mixes them up, when more come than it remembers', () => {
    const reader = createBodyReader();
    for (let round = 0; round < 3; round++) {
      for (let from = 0; from < 5000; from += 500) {
        const body = Array.from({ length: 500 }, (_, i) => `m,a=${from + i} f=${from + i}`).join('\n');
        expect(reader(body).lines.every(({ tags, fields }) => tags['a'] === String(fields[0]![1]))).toBe(true);
      }
    }
  });

  it('is numbered by the fields that it was opened with, also behind blanks and after others were forgotten', () => {
    const reader = createBodyReader(1 << 20, 20_000);
    reader('  room,host=r1 temp=21,hum=50 1000', 'ms');
    reader(Array.from({ length: 40 }, (_, i) => `m,x=${i} v=1 1000`).join('\n'), 'ms');
    reader('room,host=r2 hum=40 1000', 'ms');
    expect(reader('  room,host=r1 hum=55 1000', 'ms').lines).toMatchObject([{ tags: { host: 'r1' }, fields: [['hum', 55]] }]);
  });

  it('never reads what an earlier body left behind the end of this one', () => {
    const reader = createBodyReader();
    reader('m,a=b\\\nc f=1,g="x\ny",h=2 5\n');
    expect(reader('m,a=b\\').lines).toEqual([]);
    expect(reader('m,a=b\\\nc f=1,g="x').lines).toEqual([]);
    expect(reader('m,a=b\\\nc f=1,g="x\ny",h=').lines).toEqual([]);
  });

  it('reads the same in slices of any size', () => {
    const body = Array.from({ length: 50 }, (_, i) => `cpu,host=h${i % 3} usage=${i},text="a\n${i % 2}" ${1_700_000_000 + i}`).join('\n');
    const whole = createBodyReader()(body, 's');
    expect(whole.lines).toHaveLength(50);
    for (const sliceBytes of [1, 7, 64, 1000]) expect(createBodyReader(sliceBytes)(body, 's')).toEqual(whole);
  });
});
