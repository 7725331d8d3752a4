import { expect, it } from 'vitest';
import { describeRunbook, runbooksAt } from '../../../../infra/aws/settings/runbooks.ts';

it.each([
  ['git@github.com:acme/streamwatch.git', 'https://github.com/acme/streamwatch/blob/HEAD/docs/operations.md'],
  ['https://github.com/acme/streamwatch', 'https://github.com/acme/streamwatch/blob/HEAD/docs/operations.md'],
  ['https://token:x@github.com/acme/sw.git/', 'https://github.com/acme/sw/blob/HEAD/docs/operations.md'],
  [
    'ssh://git@github.acme.dev:2222/iot/sw.git',
    'https://github.acme.dev/iot/sw/blob/HEAD/docs/operations.md',
  ],
  ['git@gitlab.com:a/b/c.git\n', 'https://gitlab.com/a/b/c/-/blob/HEAD/docs/operations.md'],
  ['https://git@bitbucket.org/acme/sw.git', 'https://bitbucket.org/acme/sw/src/HEAD/docs/operations.md'],
  ['https://git.example.com/acme/sw.git', undefined],
  ['https://notgithub.com/acme/sw.git', undefined],
  ['/srv/git/streamwatch.git', undefined],
  ['../streamwatch', undefined],
  ['', undefined],
])('the runbooks of the remote %s are at %s', (remote, url) => {
  expect(runbooksAt(remote)).toBe(url);
});

it('an alarm links to a page, or names what to look for; never to a file of somebody else', () => {
  expect(describeRunbook('https://wiki.example.com/x', 'iterator-age')).toBe(
    'Runbook: https://wiki.example.com/x#iterator-age',
  );
  expect(describeRunbook('', 'iterator-age')).toBe(
    'Runbook: "iterator-age" in docs/operations.md of the project.',
  );
});
