import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { synthesize } from './infra/aws/support/synth.ts';
import { deployedMajor } from './support/deployed-node.ts';

it('CI runs the suite on the Node.js that the functions are deployed with', () => {
  expect(readFileSync(new URL('../.ci/run', import.meta.url), 'utf8')).toContain(
    'npm run --silent lambda-node',
  );
  const runtimes = synthesize()
    .all('AWS::Lambda::Function')
    .map(([, { Properties }]) => Properties.Runtime);
  expect(runtimes).toContain(`nodejs${deployedMajor}.x`);
});
