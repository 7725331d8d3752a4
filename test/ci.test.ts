import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { synthesize } from './infra/aws/support/synth.ts';

it('CI runs the suite on the Node.js that the functions are deployed with', () => {
  const script = readFileSync(new URL('../.ci/run', import.meta.url), 'utf8');
  const major = /^DEPLOYED_NODE=(\d+)\./m.exec(script)?.[1];
  const runtimes = synthesize()
    .all('AWS::Lambda::Function')
    .map(([, { Properties }]) => Properties.Runtime);
  expect(runtimes).toContain(`nodejs${major}.x`);
});
