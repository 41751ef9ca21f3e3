import { findBreakingChanges } from './breaking-changes.js';

const before = { type: 'object', properties: { name: { type: 'string' }, level: { enum: ['info', 'warn'] } }, required: ['name'] };

describe('findBreakingChanges', () => {
  it('allows a new optional field and a new choice', () => {
    const after = { type: 'object', properties: { ...before.properties, level: { enum: ['info', 'warn', 'critical'] }, more: { type: 'number' } }, required: ['name'] };
    expect(findBreakingChanges(before, after)).toEqual([]);
  });

  it.each([
    [{ ...before, properties: { name: { type: 'string' } } }, '/level is gone'],
    [{ ...before, properties: { ...before.properties, name: { type: 'number' } } }, '/name was string and is number'],
    [{ ...before, properties: { ...before.properties, level: { enum: ['warn'] } } }, '/level no longer takes info'],
    [{ ...before, required: ['name', 'level'] }, '/level became required'],
  ])('finds the break in %j', (after, expected) => {
    expect(findBreakingChanges(before, after)).toEqual([expected]);
  });
});
