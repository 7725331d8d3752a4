/** Least privilege, proven by mutation: every grant of the template is needed, and every need is granted. */
import { describe, expect, it } from 'vitest';
import { resolveStack } from '../../infra/emulator/registry.ts';
import type { StackResource } from '../../infra/emulator/stack/intrinsics.ts';
import { synthesize } from './aws/support/synth.ts';
import { actionsIn } from './support/actions-in.ts';
import { CODE } from './support/code-needs.ts';
import { grantsOf, isCarried, needsOf, unmet } from './support/granted-needs.ts';

/** The template with everything that a setting can bring, as resources whose references are evaluated. */
function resourcesOf(context: Record<string, unknown>): StackResource[] {
  const { resources } = synthesize(context);
  const template = { Resources: resources, Outputs: {}, Parameters: {}, Mappings: {}, Conditions: {} };
  return resolveStack(template, 'Streamwatch', 'http://127.0.0.1:4566').resources;
}

const EVERYTHING = { edgeHttp: 'on', edgeMqtt: 'on', tracing: 'on', alertEmail: 'a@example.com' };
const resources = resourcesOf(EVERYTHING);
const known = needsOf(resources);
/** What is unmet with one resource changed. What is needed changes only with policies that callers carry with them. */
const unmetWith = (changed: StackResource) =>
  unmet(replaced(changed), isCarried(changed) ? undefined : known);
const replaced = (without: StackResource) =>
  resources.map((one) => (one.logicalId === without.logicalId ? without : one));

describe('permissions', () => {
  it.each([
    ['as it is', {}],
    ['with everything', EVERYTHING],
    ['with extra fields', { extraFields: 'on' }],
  ])('grant everything that is needed: the template %s', (_, context) => {
    expect(unmet(resourcesOf(context))).toEqual([]);
  });

  it('grant nothing that is not needed: without any single action or resource, a need is named', () => {
    const grants = grantsOf(resources);
    const needless = grants.filter(({ without }) => unmetWith(without).length === 0);
    expect(needless.map(({ policy, sid, what }) => `${policy} ${sid}: ${what}`)).toEqual([]);
    const policies = new Set(grants.map(({ policy }) => policy));
    // If these shrink, something is not looked at any more.
    expect(grants.length).toBeGreaterThanOrEqual(159);
    expect(policies.size).toBeGreaterThanOrEqual(36);
  });

  it('name what is missing: the action, who needs it, and on what', () => {
    const grant = grantsOf(resources).find(
      ({ policy, what }) => /^Watchdog/.test(policy) && what === 'sns:Publish',
    );
    expect(grant && unmetWith(grant.without)).toEqual([
      expect.stringMatching(
        /^WatchdogFunction\w+ \(.*WatchdogRole.*\): sns:Publish on arn:aws:sns:.*DetectionAlerts/,
      ),
      expect.stringMatching(/: sns:Publish on arn:aws:sns:.*DetectionSilenced/),
    ]);
  });

  it('that nothing needs are found, in every role', () => {
    const policies = resources.filter(({ type }) => type === 'AWS::IAM::Policy');
    expect(policies.length).toBeGreaterThan(10);
    for (const policy of policies) {
      const { PolicyDocument } = policy.properties as { PolicyDocument: { Statement: object[] } };
      const more = { Sid: 'More', Effect: 'Allow', Action: ['dynamodb:DeleteTable'], Resource: '*' };
      const Statement = [...PolicyDocument.Statement, more];
      const wider = {
        ...policy,
        properties: { ...policy.properties, PolicyDocument: { ...PolicyDocument, Statement } },
      };
      const all = replaced(wider);
      const added = grantsOf(all).filter(({ policy: id, sid }) => id === policy.logicalId && sid === 'More');
      expect(added).toHaveLength(1);
      const needless = added.filter(({ without }) => unmetWith(without).length === 0);
      expect(
        needless.map(({ what }) => what),
        policy.logicalId,
      ).toEqual(['dynamodb:DeleteTable']);
    }
  });
});

it.each(CODE.filter(({ sources }) => sources.length > 0))(
  'the calls of $sources are those of its code',
  ({ sources, needs }) => {
    const called = new Set(sources.flatMap(actionsIn));
    const listed = new Set(needs(resources).map(({ action }) => action.slice(action.indexOf(':') + 1)));
    expect([...called].sort()).toEqual([...listed].sort());
  },
);
