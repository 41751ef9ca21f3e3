import { createLab } from './windows-under-test.js';

const fiftyMin = 3_000;

/** A sender that is heard every `everyS` seconds for `forS` seconds, and ticks between. */
function hear(lab: ReturnType<typeof createLab>, everyS: number, forS: number, ahead: (timeS: number) => [string, number, number][] = () => []): typeof lab {
  for (let timeS = 0; timeS < forS; timeS++) {
    lab.tick(timeS);
    if (timeS % everyS === 0) lab.send([['a.x', timeS, timeS], ...ahead(timeS)], { arrivalS: timeS + 0.1 });
  }
  return lab;
}

describe('a clock that is ahead', () => {
  it('does not close windows before arrival has come that far', () => {
    const lab = createLab().send([['a.x', 25, 1]], { arrivalS: 5 }).send([['a.x', 6, 2]], { arrivalS: 6 });
    lab.tick(35);
    expect(lab.take()).toEqual([]);
    lab.tick(36);
    expect(lab.windows()).toEqual(['a.x@0: 1 2 2 2 2@6', 'a.x@20: 1 1 1 1 1@25']);
  });

  it('once does not make what is on time late, not even of an agent that is heard less often than silence lasts', () => {
    const lab = hear(createLab(), 60, 600, (timeS) => (timeS === 0 ? [['a.device', fiftyMin, 1]] : []));
    const taken = lab.take();
    expect(taken.map(({ startMs }) => startMs / 1000)).toEqual([0, 60, 120, 180, 240, 300, 360, 420, 480, 540]);
    expect(taken.filter(({ correction }) => correction)).toEqual([]);
  });

  it('for good, of one metric, does no harm to the others of its agent', () => {
    const lab = hear(createLab(), 60, 1_800, (timeS) => [['a.device', timeS + 1_200, 1]]);
    const own = lab.take().filter(({ windows }) => windows.some((text) => text.startsWith('a.x@')));
    expect(own).toHaveLength(30);
    expect(own.filter(({ correction }) => correction)).toEqual([]);
  });

  it('before an outage loses nothing of what the agent kept meanwhile and sends in order', () => {
    const lab = hear(createLab(), 10, 300, (timeS) => (timeS === 0 ? [['a.device', fiftyMin, 1]] : []));
    lab.take();
    for (let timeS = 300; timeS < 600; timeS++) lab.tick(timeS);
    for (let timeS = 300; timeS <= 600; timeS += 10) lab.send([['a.x', timeS, 1]], { arrivalS: 600 });
    expect(lab.state.stats.dropped.late).toBe(0);
    expect(lab.take().filter(({ correction }) => correction)).toEqual([]);
  });

  it('has its windows emitted when they are over, whether anything else was heard meanwhile or not, also after a restart', () => {
    const lab = createLab().send([['a.x', fiftyMin, 7]], { arrivalS: 5 }).tick(60).restart().tick(fiftyMin + 9);
    expect(lab.take()).toEqual([]);
    lab.tick(fiftyMin + 10);
    expect(lab.windows()).toEqual([`a.x@${fiftyMin}: 1 7 7 7 7@${fiftyMin}`]);
  });

  it('has them emitted when it gives way to another sender, too', () => {
    const lab = createLab();
    lab.send([['ahead.x', fiftyMin, 7]], { source: 's0', arrivalS: 5 });
    for (let n = 1; n <= 30; n++) lab.send([[`m.x${n}`, 40, 1]], { source: `s${n}`, arrivalS: 40 });
    lab.tick(45).take();
    lab.send([['m.late', 46, 1]], { source: 's31', arrivalS: 46 });
    expect(lab.windows()).toEqual([`ahead.x@${fiftyMin}: 1 7 7 7 7@${fiftyMin}`]);
  });
});
