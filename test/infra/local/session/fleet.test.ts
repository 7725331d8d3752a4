import { expect, it } from 'vitest';
import { fleetArguments } from '../../../../infra/local/session/fleet.ts';
import { simulateCommand } from '../../../../simulator/cli/options.ts';

const OPTIONS = { project: '.', stateDir: 'state', devices: 3, anomalyRate: 0.1 };

it.each([
  [{}],
  [{ inject: 'spike@dev-3:temperature+20s/15s' }],
  [{ gateways: ['http://127.0.0.1:1', 'http://127.0.0.1:2'] }],
])(
  'the fleet of a session takes what it is told, and outlives a disk that is full for an hour: %j',
  (more) => {
    const command = simulateCommand().exitOverride();
    command.parse(fleetArguments({ ...OPTIONS, ...more }), { from: 'user' });
    expect(command.opts()).toMatchObject({ devices: 3, anomalyRate: 0.1, json: true });
    expect(command.opts().retryFor).toBeGreaterThan(24 * 3_600_000);
  },
);
