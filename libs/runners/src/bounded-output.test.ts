import { boundedOutput } from './bounded-output.js';

/** What is handed on of pieces of one stream each, and what of it before the end. */
function shown(pieces: readonly (readonly ['stdout' | 'stderr', string | Buffer])[], mostBytes: number): { text: string; live: string } {
  let text = '';
  const output = boundedOutput((chunk) => (text += chunk.text), mostBytes);
  for (const [stream, piece] of pieces) output.write(stream, Buffer.from(piece as string));
  const live = text;
  output.end();
  return { text, live };
}

describe('boundedOutput', () => {
  it('hands on all of what is within the limit, and most of it at once', () => {
    expect(shown([['stdout', 'a'.repeat(70)], ['stderr', 'b'.repeat(30)]], 100)).toEqual({ text: 'a'.repeat(70) + 'b'.repeat(30), live: 'a'.repeat(70) + 'b'.repeat(5) });
  });

  it('keeps beginning and end of too much: the end says why a step failed', () => {
    const talk = Array.from({ length: 1_000 }, (_, i) => ['stdout', `copied file ${i}\n`] as const);
    const { text } = shown([...talk, ['stderr', 'disk is full\n']], 400);
    expect(text).toMatch(/^copied file 0\n/);
    expect(text).toMatch(/\n\[\d+ bytes are not shown here: the limit is 400\]\n/);
    expect(text).toMatch(/\ncopied file 999\ndisk is full\n$/);
    expect(text.length).toBeLessThan(470);
  });

  it('breaks no character, neither where pieces meet nor beside the gap', () => {
    const bytes = Buffer.from('한'.repeat(30));
    const single = [...bytes].map((one) => ['stdout', Buffer.from([one])] as const);
    expect(shown(single, 100).text).toBe('한'.repeat(30));
    expect(shown(single, 80).text).toBe(`${'한'.repeat(20)}\n[12 bytes are not shown here: the limit is 80]\n${'한'.repeat(6)}`);
    expect(shown([['stdout', bytes]], 80).text).toBe(`${'한'.repeat(20)}\n[12 bytes are not shown here: the limit is 80]\n${'한'.repeat(6)}`);
  });
});
