import { describe, expect, it } from '@jest/globals';
import { finalTemplate, LogTemplateMiner, templateText } from './log-template-miner.js';

/** Template of each line, once all are read. */
function textsOf(lines: readonly string[], miner = new LogTemplateMiner()): string[] {
  return lines.map((line) => miner.add(line)).map((template) => templateText(finalTemplate(template)));
}

describe('values by their shape', () => {
  it.each([
    ['Receiving block blk_-160899968 src: /10.250.19.102:54106', 'Receiving block blk_<*> src: <*>'],
    ['took 12.5ms, 20% of 3.5 GB', 'took <*> of <*>'],
    ['request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 done', 'request <*> done'],
    ['loaded C:\\Windows\\winsxs\\cbscore.dll twice', 'loaded <*> twice'],
    ['GET https://a.example/x?b=c&d=e; done', 'GET <*> done'],
    ['"GET /v2/servers/detail?all=True&since=2017 HTTP/1.1" 200', '"GET <*> HTTP/<*>" <*>'],
    ['at Fri Jul  8 00:43:05 2005 by cron', 'at <*> by cron'],
    ['[10/Oct/2000:13:55:36 -0700] hit', '[<*>] hit'],
    ['2016-09-28T04:30:30.123Z started', '<*> started'],
    ['bssid f8:4f:57:3b:ea:b2 seen', 'bssid <*> seen'],
    ['addr fe80::c6b3:1ff:fecd:467f up', 'addr <*> up'],
    ['mail to kim@example.org bounced', 'mail to <*> bounced'],
    ['flags 0xffeb mask ffffffff set', 'flags <*> mask <*> set'],
    ['lifetime <1 sec', 'lifetime <*>'],
    ['priority <34> kept', 'priority <<*>> kept'],
    ['interface eth0 is up', 'interface eth0 is up'],
    ['illegal instruction......0', 'illegal instruction......<*>'],
    ["it isn't 5 o'clock", "it isn't <*> o'clock"],
    ["deleted image '3f2504e0-4f89-11d3-9a0c-0305e82c33aa'", "deleted image '<*>'"],
    ["deleted image '3f2504e0-4f89-11d3-9a0c-0305e82c3301'", "deleted image '<*>'"],
    ["'/var/lib/a' cannot be read", "'<*>' cannot be read"],
    ["'a4711' is gone", "'a<*>' is gone"],
    ['사용자 로그인 실패 3회', '사용자 로그인 실패 <*>'],
    ['', ''],
  ])('%s', (line, template) => {
    expect(textsOf([line])).toEqual([template]);
  });

  it('sees lists of any length as one', () => {
    const [first, ...rest] = textsOf(['delete blk_1 blk_22', 'delete blk_3 blk_44 blk_5', 'delete blk_6']);
    expect(rest).toEqual([first, first]);
    expect(new Set(textsOf(['stack @0x7f12 @0x7f13', 'stack @0x7f12 @0x7f13 @0x7f55 @0x1'])).size).toBe(1);
    expect(new Set(textsOf(['iar 1, dear 2 (3) end', 'iar 1, dear 2 (3) iar 4, dear 5 (6) iar 7, dear 8 (9) end'])).size).toBe(1);
  });

  it('takes an absent value for a value', () => {
    expect(new Set(textsOf(['logname= uid=0 rhost=10.0.0.1', 'logname=kim uid=0 rhost=10.0.0.1'])).size).toBe(1);
    expect(new Set(textsOf(['ws=null, uid=1', 'ws=7, uid=1'])).size).toBe(1);
    expect(new Set(textsOf(['connection from 1.2.3.4 () closed', 'connection from 1.2.3.4 (host-1.example) closed'])).size).toBe(1);
  });
});

describe('values by the stream', () => {
  const openings = ['kim', 'lee', 'park', 'choi', 'jung'].map((name) => `profile ${name} was opened`);

  it('joins templates at the fifth word in the same place', () => {
    expect(new Set(textsOf(openings.slice(0, 4))).size).toBe(4);
    expect(textsOf(openings)).toEqual(Array(5).fill('profile <*> was opened'));
  });

  it('takes any word there from then on', () => {
    const miner = new LogTemplateMiner();
    const [template] = textsOf(openings, miner);
    expect(textsOf(['profile moon was opened'], miner)).toEqual([template]);
    expect(textsOf(['profile moon was closed'], miner)).toEqual(['profile moon was closed']);
  });

  it('keeps states apart', () => {
    const states = ['Resumed', 'Started', 'Paused', 'Stopped'].map((state) => `[instance: 4f5e] VM ${state} (Lifecycle Event)`);
    expect(new Set(textsOf(states)).size).toBe(4);
    expect(new Set(textsOf(['ready=true', 'ready=false'])).size).toBe(2);
  });

  it('keeps errors apart by their names, however many there are', () => {
    const names = ['java.lang.OutOfMemoryError', 'java.io.IOException', 'java.net.ConnectException', 'ValueError', 'KeyError', 'TypeError', 'OSError', 'MemoryError'];
    for (const line of ['Caused by: NAME', 'the worker for the queue died of NAME', 'cause_class=NAME']) expect(textsOf(names.map((name) => line.replace('NAME', name)))).toEqual(names.map((name) => line.replace('NAME', name)));
  });

  it('keeps what structured lines say, and not what they say it of', () => {
    const lines = ['could not connect', 'disk full', 'started', 'stopped', 'gone', 'back'].map((text, i) => `level=info user=u${i} msg="${text}"`);
    expect(new Set(textsOf(lines)).size).toBe(6);
  });

  it('lets the older template live on, with the lines of both', () => {
    const miner = new LogTemplateMiner();
    const first = miner.add(openings[0]!);
    for (const line of openings.slice(1)) miner.add(line);
    expect(first.into).toBeUndefined();
    expect(first.lines).toBe(5);
    expect(miner.templateCount).toBe(1);
  });
});
