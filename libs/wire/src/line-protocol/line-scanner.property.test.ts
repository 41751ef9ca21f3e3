import * as fc from 'fast-check';
import { arrivalMs, createBodyReader, type SeenLine } from './collecting-sink.js';

const plain = (name: string) => name.replaceAll(/\\([, =])/g, '$1');

/**
 * The reference: one line by regular expressions, slow and simple, written from the rules of InfluxDB's line
 * protocol alone. Undefined: the line is refused.
 */
function readByReference(text: string): SeenLine | undefined {
  const line = text.replace(/^[ \t\0]+/, '').replace(/\r$/, '');
  const parts = /^([^,][^]*?)(?<!\\) +[\t\0 ]*([^]*)$/.exec(line);
  if (!parts) return undefined;
  const [measurement, ...tagTexts] = parts[1]!.split(/(?<!\\),/);
  const tags: Record<string, string> = {};
  for (const tagText of tagTexts) {
    const tag = /^([^=][^]*?)(?<!\\)=([^]+)$/.exec(tagText);
    if (!tag || /[^\\]=/.test(tag[2]!) || Object.hasOwn(tags, tag[1]!)) return undefined;
    if (['time', '_field', '_measurement', '\0'].includes(tag[1]!)) return undefined;
    tags[tag[1]!] = tag[2]!;
  }
  const fields = readFieldsByReference(parts[2]!);
  if (!fields) return undefined;
  const time = /^[ \t\0]*(?:(-?\d+) *)?$/.exec(fields.rest);
  if (!time) return undefined;
  const ns = time[1] === undefined ? undefined : BigInt(time[1]);
  if (ns !== undefined && (ns > 2n ** 63n - 2n || ns < 2n - 2n ** 63n)) return undefined;
  const timeMs = ns === undefined ? arrivalMs : Number(ns / 1_000_000n) + Number(ns % 1_000_000n) / 1e6;
  // The sink of these tests takes nothing that is more than an hour ahead.
  if (timeMs > arrivalMs + 3_600_000) return undefined;
  return {
    measurement: measurement!.replaceAll(/\\([, ="])/g, '$1'),
    tags: Object.fromEntries(Object.entries(tags).map(([key, value]) => [plain(key), plain(value)])),
    fields: fields.numbers.concat(fields.texts),
    timeMs,
  };
}

type Field = [string, number | string];

function readFieldsByReference(text: string): { numbers: Field[]; texts: Field[]; rest: string } | undefined {
  const pattern = /((?:\\[^]|[^\\=, ])+)=("(?:\\[^]|[^\\"])*"|[^", ][^, ]*)(,|(?= )|$)/y;
  const numbers: Field[] = [];
  const texts: Field[] = [];
  for (;;) {
    const field = pattern.exec(text);
    if (!field || field[1]!.endsWith('\\')) return undefined;
    const name = field[1]!.replaceAll(/\\([, ="])/g, '$1');
    const value = readValueByReference(field[2]!);
    if (value === undefined) return undefined;
    (typeof value === 'string' ? texts : numbers).push([name, value]);
    if (field[3] !== ',') return { numbers, texts, rest: text.slice(pattern.lastIndex) };
  }
}

function readValueByReference(text: string): number | string | undefined {
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1');
  if (/^(?:t|T|true|True|TRUE)$/.test(text)) return 1;
  if (/^(?:f|F|false|False|FALSE)$/.test(text)) return 0;
  if (/^-?\d+i$/.test(text)) return BigInt.asIntN(64, BigInt(text.slice(0, -1))) === BigInt(text.slice(0, -1)) ? Number(text.slice(0, -1)) + 0 : undefined;
  if (/^\d+u$/.test(text)) return BigInt(text.slice(0, -1)) < 2n ** 64n ? Number(text.slice(0, -1)) : undefined;
  const isFloat = /^-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/.test(text);
  return isFloat && Number.isFinite(Number(text)) ? Number(text) + 0 : undefined;
}

const special = fc.constantFrom(...', =,=\\"#\t\0iuetfTF.-+1905aé온'.split(''));
const word = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom('a', 'b', 'cpu', 'host', '온도') }, fc.constantFrom('\\,', '\\ ', '\\=', '"', '\\x')), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.tuple(fc.integer(), fc.nat(999_999)).map(([whole, rest]) => `${whole}.${rest}`),
  fc.bigInt(-(2n ** 64n), 2n ** 64n).map((value) => `${value}i`),
  fc.bigInt(0n, 2n ** 65n).map((value) => `${value}u`),
  fc.stringMatching(/^-?\d{0,25}\.?\d{0,25}(?:[eE][-+]?\d{1,3})?[iu]?$/),
);
const text = fc.array(fc.constantFrom('a', ' ', ',', '=', '\\"', '\\\\', '\\n', '#', '온', '\n'), { maxLength: 6 }).map((parts) => `"${parts.join('')}"`);
const value = fc.oneof({ weight: 4, arbitrary: number }, text, fc.constantFrom('t', 'T', 'true', 'True', 'TRUE', 'f', 'F', 'false', 'False', 'FALSE', 'NaN', 'yes', ''));
const stamp = fc.oneof(fc.constant(''), fc.bigInt(0n, 1_700_000_003_600_000_000_000n).map((ns) => ` ${ns}`), fc.constantFrom(' 1700000000000000000', ' 1700000000000000000', ' -5', '  7  ', ' 5x', ' 9223372036854775807', ' '));
const goodLine = fc
  .tuple(word, fc.uniqueArray(fc.tuple(word, word), { maxLength: 3, selector: ([key]) => key }), fc.array(fc.tuple(word, value), { minLength: 1, maxLength: 4 }), stamp)
  .map(([measurement, tags, fields, time]) => `${measurement}${tags.map(([key, tag]) => `,${key}=${tag}`).join('')} ${fields.map(([key, one]) => `${key}=${one}`).join()}${time}`);
/** Good lines with one thing changed. Without quotes, since one that is open changes where lines end. */
const damagedLine = fc.tuple(goodLine, fc.nat(), special, fc.nat(2)).map(([line, at, char, cut]) => {
  const quoteless = line.replaceAll(/["\n]/g, 'q').trimStart();
  const index = at % (quoteless.length + 1);
  return `${quoteless.slice(0, index)}${char === '"' ? '' : char}${quoteless.slice(index + cut)}`.trimStart().replace(/\\+$/, '');
});

const isComment = (line: string) => /^[ \t\0]*(?:#|\r?$)/.test(line);

describe('the scanner and a slow and simple reader agree', () => {
  it('on every line, good or bad, at first sight and when it comes again', () => {
    const read = createBodyReader();
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: goodLine }, damagedLine), { maxLength: 5 }), fc.constantFrom('\n', '\n', '\r\n'), (lines, lineBreak) => {
        const body = lines.join(lineBreak);
        const expected = lines.filter((line) => !isComment(line)).map(readByReference);
        for (let round = 0; round < 2; round++) {
          const { lines: seen, refusedLines } = read(body);
          expect(seen).toEqual(expected.filter((line) => line !== undefined));
          expect(refusedLines).toBe(expected.filter((line) => line === undefined).length);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('on lines whose fields come in another order and with other values each time', () => {
    const read = createBodyReader();
    const names = ['usage_user', 'usage_system', 'a', 'b', 'load1', 'x\\ y'];
    const line = fc.tuple(fc.shuffledSubarray(names, { minLength: 1 }), fc.array(value.filter((one) => one !== ''), { minLength: 6, maxLength: 6 }), stamp).map(([order, values, time]) => `cpu,host=a ${order.map((name, i) => `${name}=${values[i]}`).join()}${time}`);
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 4 }), (lines) => {
        const expected = lines.map(readByReference);
        expect(read(lines.join('\n')).lines).toEqual(expected.filter((one) => one !== undefined));
      }),
      { numRuns: 2000 },
    );
  });

  it('and no bytes whatever make it throw or read beyond its body', () => {
    const read = createBodyReader(16);
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.array(fc.oneof(special, fc.constantFrom('\n', 'm,a=b f=1', '"x\n')), { maxLength: 30 }).map((parts) => Buffer.from(parts.join(''))));
    fc.assert(
      fc.property(bytes, (body) => {
        const before = read(body);
        read('m,a=b f=1,g="x\ny" 5\ncpu,host=a a=1');
        expect(read(body).lines).toEqual(before.lines);
      }),
      { numRuns: 3000 },
    );
  });
});
