/** docs/ci/github.yml: what it runs is there, and nobody's keys are. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { deployedMajor } from './support/deployed-node.ts';

const workflow = readFileSync('docs/ci/github.yml', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

it('the workflow for users runs scripts that exist, on the Node.js that the functions are deployed with', () => {
  const run = [...workflow.matchAll(/npm run (?:-s )?([\w-]+)/g)].map(([, script = '']) => script);
  expect(run).toEqual(['check', 'deploy', 'deploy']);
  expect(run.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  const versions = [...workflow.matchAll(/node-version: (\d+)/g)].map(([, version]) => version);
  expect(new Set(versions)).toEqual(new Set([deployedMajor]));
});

it('it has no keys, deploys only what is merged, and runs code of a pull request with the role that only looks', () => {
  expect(workflow).not.toMatch(/secrets\.|ACCESS_KEY/);
  const [, diff = '', deploy = ''] = workflow.split(/^ {2}(?:diff|deploy):$/m);
  expect(diff).toContain('AWS_DIFF_ROLE');
  expect(diff).not.toContain('AWS_DEPLOY_ROLE');
  expect(diff).toContain('--diff');
  expect(deploy).toContain("if: github.event_name == 'push'");
  expect(deploy).toContain('environment: production');
});
