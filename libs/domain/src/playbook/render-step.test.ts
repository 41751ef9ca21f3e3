import * as fc from 'fast-check';
import { playbookSchema, type InputValues, type Playbook } from '@opsloop/contracts';
import { anyCharacter } from '@opsloop/testing';
import { completeInputs } from './complete-inputs.js';
import { renderStep, RenderError } from './render-step.js';

function playbook(steps: object[], inputs: object = {}): Playbook {
  return playbookSchema.parse({ apiVersion: 'opsloop/v1', kind: 'Playbook', metadata: { name: 'p' }, spec: { inputs, steps } });
}

function argsOf(run: string[], inputs: object, given: InputValues): readonly string[] {
  const { spec } = playbook([{ id: 'a', uses: 'local', run }], inputs);
  return renderStep(spec, spec.steps[0]!, 'step', given).args;
}

function requestOf(request: object, given: InputValues): Readonly<Record<string, unknown>> {
  const inputs = Object.fromEntries(Object.keys(given).map((name) => [name, { type: 'string' }]));
  const { spec } = playbook([{ id: 'a', uses: 'http', request }], inputs);
  return renderStep(spec, spec.steps[0]!, 'step', given).options;
}

const text = { type: 'string' };

describe('renderStep', () => {
  it('fills inputs into single arguments and keeps everything else', () => {
    expect(argsOf(['systemctl', '--name={{service}}', '{{ service }}', '{{ a }}-{{ a }}', "{{ '{{' }}.Names}}"], { service: text, a: text }, { service: 'my app; rm -rf /', a: '$(id)' })).toEqual([
      'systemctl', '--name=my app; rm -rf /', 'my app; rm -rf /', '$(id)-$(id)', '{{.Names}}',
    ]);
  });

  it('never makes another number of arguments, and never changes a value, whatever the value is', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (value) => {
        fc.pre(!value.includes('\0'));
        expect(argsOf(['echo', 'x{{ a }}y', 'end'], { a: text }, { a: value })).toEqual(['echo', `x${value}y`, 'end']);
      }),
    );
  });

  it('does not read a value as a template again', () => {
    expect(argsOf(['echo', '{{ a }}'], { a: text, b: text }, { a: '{{ b }}', b: 'secret' })).toEqual(['echo', '{{ b }}']);
  });

  it.each([
    ['a whole argument', ['rm', '{{ a }}'], { a: '-rf' }],
    ['the beginning of one', ['rm', '{{ a }}.txt'], { a: '--all' }],
    ['behind an empty value', ['rm', '{{ b }}{{ a }}'], { a: '-rf', b: '' }],
  ])('refuses a value that would become an option: %s', (_name, run, given) => {
    expect(() => argsOf(run, { a: text, b: text }, given as unknown as InputValues)).toThrow(/value of a begins with "-"/);
  });

  it('lets a pattern or a choice allow what begins with a dash, and text before it', () => {
    expect(argsOf(['nice', '{{ a }}'], { a: { type: 'string', pattern: '-n[0-9]+' } }, { a: '-n5' })).toEqual(['nice', '-n5']);
    expect(argsOf(['nice', '{{ a }}'], { a: { type: 'string', enum: ['-v', '-q'] } }, { a: '-q' })).toEqual(['nice', '-q']);
    expect(argsOf(['nice', '--adjustment={{ a }}'], { a: { type: 'number' } }, { a: -5 })).toEqual(['nice', '--adjustment=-5']);
  });

  it('refuses a null byte and an input without a value', () => {
    expect(() => argsOf(['echo', '{{ a }}'], { a: text }, { a: 'x\0y' })).toThrow(RenderError);
    expect(() => argsOf(['echo', '{{ a }}'], { a: text }, {})).toThrow(/input a has no value/);
  });

  it('encodes what goes into a path, and refuses to climb', () => {
    expect(requestOf({ path: '/vm/{{ a }}/stop' }, { a: 'a/b?c=1#d e' })).toMatchObject({ path: '/vm/a%2Fb%3Fc%3D1%23d%20e/stop' });
    expect(() => requestOf({ path: '/vm/{{ a }}/stop' }, { a: '..' })).toThrow(/segment of dots/);
    expect(() => requestOf({ path: '/vm/{{ a }}{{ b }}' }, { a: '.', b: '.' })).toThrow(/segment of dots/);
    expect(() => requestOf({ path: '/vm/{{ a }}' }, { a: '\ud800' })).toThrow(/well-formed/);
  });

  it('keeps headers to one line', () => {
    expect(requestOf({ headers: { 'X-Name': '{{ a }}' } }, { a: 'web 1' })).toMatchObject({ headers: { 'X-Name': 'web 1' } });
    expect(() => requestOf({ headers: { 'X-Name': '{{ a }}' } }, { a: 'a\r\nX-Admin: yes' })).toThrow(/header X-Name/);
  });

  it('escapes values for the type of the body', () => {
    const json = { method: 'POST', headers: { 'content-type': 'application/json; charset=utf-8' }, body: '{"name":"{{ a }}"}' };
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), (value) => {
        fc.pre(!value.includes('\0'));
        expect(JSON.parse(String(requestOf(json, { a: value }).body))).toEqual({ name: value });
      }),
    );
    const form = { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, body: 'a={{ a }}&b=1' };
    expect(requestOf(form, { a: 'x&b=2' }).body).toBe('a=x%26b%3D2&b=1');
  });

  it('renders the rollback of a step', () => {
    const { spec } = playbook([{ id: 'a', uses: 'local', run: ['stop'], rollback: ['start', '{{ b }}'] }], { b: text });
    expect(renderStep(spec, spec.steps[0]!, 'rollback', { b: 'x' }).args).toEqual(['start', 'x']);
  });
});

describe('completeInputs', () => {
  const { spec } = playbook([{ id: 'a', uses: 'local', run: ['x'] }], {
    port: { type: 'number', default: 80 },
    name: { type: 'string', pattern: '[a-z]+' },
    mode: { type: 'string', enum: ['fast', 'safe'], default: 'safe' },
    force: { type: 'boolean', default: false },
  });

  it('takes what is given and the defaults for the rest', () => {
    expect(completeInputs(spec, { name: 'web', force: true })).toEqual({ values: { port: 80, name: 'web', mode: 'safe', force: true } });
  });

  it.each([
    [{}, 'name', /is missing/],
    [{ name: 'web', extra: 1 }, 'extra', /is not an input of the playbook: it has port, name, mode, force/],
    [{ name: 'web', constructor: 'x' }, 'constructor', /is not an input/],
    [{ name: 'WEB' }, 'name', /does not match the pattern/],
    [{ name: 'web\nx' }, 'name', /does not match the pattern/],
    [{ name: 'web', port: '80' }, 'port', /must be a number, not string/],
    [{ name: 'web', port: Infinity }, 'port', /finite/],
    [{ name: 'web', mode: 'slow' }, 'mode', /must be one of fast, safe/],
    [{ name: 'a'.repeat(5_000) }, 'name', /longer than 4096/],
  ])('refuses %j', (given, input, message) => {
    expect(completeInputs(spec, given as InputValues)).toEqual({ problems: [{ input, message: expect.stringMatching(message) }] });
  });
});
