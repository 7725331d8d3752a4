/** What cannot be written has not happened: in memory neither, where it would look done until the next start. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { Keys } from '../../../../infra/emulator/apigateway/keys.ts';
import { Roles } from '../../../../infra/emulator/iam/roles.ts';
import { Registry } from '../../../../infra/emulator/iot/registry.ts';
import { loadSubscriptions } from '../../../../infra/emulator/sns/subscriptions.ts';
import { openParameters } from '../../../../infra/emulator/ssm/parameters.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undone-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
});

/** A file that nothing can be renamed to. */
function breakFile(name: string): void {
  rmSync(join(folder, name), { force: true });
  mkdirSync(join(folder, name, 'in-the-way'), { recursive: true });
}

/** @param look tells of the state as everybody sees it */
function refused(file: string, look: () => unknown, ...changes: (() => unknown)[]): void {
  const before = structuredClone(look());
  breakFile(file);
  for (const change of changes) {
    expect(change).toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    expect(look()).toEqual(before);
  }
}

it('a key for a site', () => {
  const keys = new Keys(folder, new Set(['plan']));
  const { id, value } = keys.create({ enabled: true }) as { id: string; value: string };
  const look = () => [keys.list(''), keys.plansOf(value)];
  refused(
    'apigateway.json',
    look,
    () => keys.delete(id),
    () => keys.create({ name: 'another' }),
    () => keys.attach('plan', { keyId: id, keyType: 'API_KEY' }),
  );
});

it('a certificate', () => {
  const registry = new Registry(folder, new Set(['publish']));
  registry.add('one', { certificate: 'x', status: 'ACTIVE', createdMs: 1, validFromMs: 1, validToMs: 2 });
  registry.createThing('plant');
  registry.attachThing('plant', 'one');
  refused(
    'iot.json',
    () => [registry.find('one'), registry.thingsOf('one'), registry.find('two')],
    () => registry.setStatus('one', 'REVOKED'),
    () => registry.detachThing('plant', 'one'),
    () => registry.attachPolicy('publish', 'one'),
    () =>
      registry.add('two', { certificate: 'y', status: 'ACTIVE', createdMs: 1, validFromMs: 1, validToMs: 2 }),
  );
});

it('a policy of a role', () => {
  const role = {
    logicalId: 'R',
    type: 'AWS::IAM::Role',
    ref: 'r',
    arn: 'arn:r',
    properties: {},
    metadata: {},
  };
  let changes = 0;
  const roles = new Roles(folder, [role], () => {
    changes += 1;
  });
  const document = (Effect: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: { Effect, Action: '*', Resource: '*' } });
  roles.put('r', 'one', document('Deny'));
  refused(
    'role-policies.json',
    () => [roles.statements('r'), changes],
    () => roles.remove('r', 'one'),
    () => roles.put('r', 'two', document('Allow')),
  );
});

it('a parameter', () => {
  const parameters = openParameters(join(folder, 'ssm.json'), () => 1);
  const one = { name: '/a', type: 'String', value: 'x' } as const;
  parameters.put(one, false);
  refused(
    'ssm.json',
    () => parameters.all(),
    () => parameters.delete('/a'),
    () => parameters.put({ ...one, value: 'y' }, true),
    () => parameters.put({ ...one, name: '/b' }, false),
  );
});

it('a subscription', () => {
  const subscriptions = loadSubscriptions(join(folder, 'sns.json'), [], () => 1);
  const input = {
    ...{ topicArn: 'arn:aws:sns:us-east-1:000000000000:t', protocol: 'email', endpoint: 'a@example.com' },
    ...{ rawMessageDelivery: false, filterPolicyScope: 'MessageAttributes' as const },
  };
  const { arn } = subscriptions.add(input);
  refused(
    'sns.json',
    () => subscriptions.all(),
    () => subscriptions.remove(arn),
    () => subscriptions.add({ ...input, endpoint: 'b@example.com' }),
    () => subscriptions.update({ ...input, arn, filterPolicy: '{"a":["b"]}' }),
  );
});
