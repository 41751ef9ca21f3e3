import { jest } from '@jest/globals';
import { openEventLine, silentMs, type Sign } from './event-line.js';

/** What a browser has: here the test says what comes. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  readyState = 1;
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
    opened.push(this);
  }
  close(): void {
    this.readyState = FakeSource.CLOSED;
  }
  hear(name: string): void {
    this.dispatchEvent(new Event(name));
  }
}

let opened: FakeSource[];
let signs: Sign[];
let close: () => void;

beforeEach(() => {
  jest.useFakeTimers();
  [opened, signs] = [[], []];
  Object.assign(globalThis, { EventSource: FakeSource });
  close = openEventLine((sign) => signs.push(sign));
});
afterEach(() => {
  close();
  jest.useRealTimers();
});

test('a line that dies without a word is lost, and opened anew', () => {
  opened[0]!.hear('open');
  jest.advanceTimersByTime(silentMs);
  expect(signs).toEqual(['open', 'lost']);
  expect(opened.map(({ readyState }) => readyState)).toEqual([FakeSource.CLOSED, 1]);
  opened[1]!.hear('open');
  expect(signs.at(-1)).toBe('open');
});

test('while it beats, it lives', () => {
  opened[0]!.hear('open');
  for (let i = 0; i < 10; i++) {
    jest.advanceTimersByTime(15_000);
    opened[0]!.hear('beat');
  }
  expect(signs).not.toContain('lost');
  expect(opened).toHaveLength(1);
  expect(opened[0]!.url).toContain('beat=event');
});

test('a server that refuses it is asked again, and a closed line stays closed', () => {
  opened[0]!.close();
  opened[0]!.hear('error');
  jest.advanceTimersByTime(5_000);
  expect(opened).toHaveLength(2);
  close();
  jest.advanceTimersByTime(10 * silentMs);
  expect(opened).toHaveLength(2);
  expect(signs).toEqual(['lost']);
});
