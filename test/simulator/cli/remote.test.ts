import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { FleetCommand, FleetMessage } from '../../../infra/cli/fleet-control.ts';
import { Gate } from '../../../simulator/cli/gate.ts';
import { obey, tell } from '../../../simulator/cli/remote.ts';
import { Fleet } from '../../../simulator/fleet.ts';
import type { FullReading } from '../../support/full-reading.ts';

class Parent extends EventEmitter {
  connected = true;
  replies: FleetMessage[] = [];
  send = (message: FleetMessage) => this.replies.push(message);
  command = (command: FleetCommand, id = 1) => this.emit('message', { id, command });
}

const START = Date.parse('2026-01-31T09:30:00.000Z');
const inject: FleetCommand = {
  type: 'inject',
  device_id: 'dev-2',
  kind: 'sustained',
  metric: 'cpu',
  seconds: 3,
};

let parent: Parent;
let gate: Gate;
let fleet: Fleet;
const orphaned = vi.fn();
beforeEach(() => {
  [parent, gate] = [new Parent(), new Gate()];
  orphaned.mockClear();
  fleet = new Fleet({ seed: 1, devices: 4, devicesPerSite: 4, intervalMs: 1000, injectable: true });
  obey(parent, fleet, gate, orphaned);
});

function readings(rounds: number): FullReading[] {
  return Array.from({ length: rounds }, () => fleet.poll(START, START))
    .flat()
    .flatMap(({ text }) => text.trim().split('\n'))
    .map((line) => JSON.parse(line) as FullReading);
}

describe('a simulator at the end of a channel', () => {
  it('begins an anomaly with the next reading, and ends it in time', () => {
    readings(2);
    parent.command(inject, 7);
    expect(parent.replies).toEqual([{ type: 'reply', id: 7, problem: undefined }]);
    const cpu = readings(5)
      .filter(({ device_id }) => device_id === 'dev-2')
      .map((reading) => reading.cpu > 95);
    expect(cpu).toEqual([true, true, true, false, false]);
  });

  it('touches no other device', () => {
    parent.command(inject);
    expect(readings(3).filter(({ device_id, cpu }) => device_id !== 'dev-2' && cpu > 95)).toEqual([]);
  });

  it('says what it cannot do', () => {
    parent.command({ ...inject, device_id: 'dev-99' });
    expect(parent.replies).toEqual([{ type: 'reply', id: 1, problem: 'There is no device dev-99.' }]);
  });

  it('pauses and resumes, and ignores what is not a command', () => {
    parent.command({ type: 'pause' });
    expect(gate.closed).toBe(true);
    parent.command({ type: 'resume' });
    expect(gate.closed).toBe(false);
    parent.emit('message', { id: 1, command: { type: 'explode' } });
    parent.emit('message', 'hello');
    expect(parent.replies).toHaveLength(2);
  });

  it('notices that it is orphaned, and then sends no messages', () => {
    parent.connected = false;
    parent.emit('disconnect');
    expect(orphaned).toHaveBeenCalledOnce();
    tell(parent, { type: 'reply', id: 1 });
    expect(parent.replies).toEqual([]);
  });
});

it('notices that it was orphaned before it could listen', () => {
  const gone = Object.assign(new Parent(), { connected: false });
  obey(gone, fleet, gate, orphaned);
  expect(orphaned).toHaveBeenCalledOnce();
});

describe('the gate', () => {
  it('lets calls through at once, holds them while it is closed, and says for how long', async () => {
    let nowMs = 1000;
    const clock = { now: () => nowMs, elapsed: () => nowMs, sleep: async () => {} };
    const stop = new AbortController();
    expect(await gate.pass(clock, stop.signal)).toBe(0);
    gate.pause();
    const held = gate.pass(clock, stop.signal);
    nowMs = 6000;
    gate.resume();
    expect(await held).toBe(5000);
    gate.pause();
    const abandoned = gate.pass(clock, stop.signal);
    stop.abort();
    expect(await abandoned).toBe(0);
  });
});
