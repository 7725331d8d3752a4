/** What a file of AWS settings can have wrong, asked of the real SDK: a sentence each, and no stack trace. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Stacks } from '../../../infra/cli/aws-stacks.ts';
import { UserError } from '../../../infra/cli/user-error.ts';

const ROLE = 'role_arn = arn:aws:iam::123456789012:role/a';
const SSO = 'sso_account_id = 123456789012\nsso_role_name = x';
const START = 'sso_start_url = https://example.invalid/start';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profiles-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function settings(text: string): void {
  writeFileSync(join(folder, 'config'), text);
  writeFileSync(join(folder, 'credentials'), '');
  for (const [name, value] of Object.entries({
    HOME: folder,
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_PROFILE: 'mine',
    AWS_REGION: 'eu-central-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  }))
    vi.stubEnv(name, value);
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
    vi.stubEnv(name, undefined);
}

it.each([
  ['a session that is not there', `sso_session = gone\n${SSO}`, /names an sso_session .*aws configure sso$/],
  ['half a session', `sso_session = s\n${SSO}\n[sso-session s]\n${START}`, /says: Profile is configured/],
  [
    'a session without a login',
    `sso_session = s\n${SSO}\n[sso-session s]\n${START}\nsso_region = eu-central-1`,
    /says: The SSO session token .* not found/,
  ],
  ['a process that fails', 'credential_process = /bin/false', /set AWS_PROFILE\.$/],
  ['a process that prints junk', 'credential_process = /bin/echo junk', /set AWS_PROFILE\.$/],
  [
    'roles in a circle',
    `${ROLE}\nsource_profile = b\n[profile b]\n${ROLE}\nsource_profile = mine`,
    /AWS_PROF/,
  ],
  ['a source that is not there', `${ROLE}\nsource_profile = gone`, /set AWS_PROFILE\.$/],
  [
    'a second factor',
    `${ROLE}\nsource_profile = b\nmfa_serial = x\n[profile b]\naws_access_key_id = x\naws_secret_access_key = x`,
    /says: .*multi-factor/,
  ],
  ['a token that is not there', `${ROLE}\nweb_identity_token_file = /no/token`, /the profile\): ENOENT/],
])('%s', async (_, profile, sentence) => {
  settings(`[profile mine]\n${profile}\n`);
  const stacks = await Stacks.open();
  const error = await stacks.find('X').catch((caught: unknown) => caught);
  stacks.close();
  expect(error).toBeInstanceOf(UserError);
  expect((error as Error).message).toMatch(sentence);
});

it('a second factor, and a profile behind it that fails by itself', () => {
  settings(
    `[profile mine]\n${ROLE}\nsource_profile = b\nmfa_serial = x\n[profile b]\ncredential_process = /bin/false`,
  );
  const query = resolve(import.meta.dirname, '../../../infra/commands/query/query.ts');
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', query, 'hottest-devices'], {
    encoding: 'utf8',
    cwd: resolve(import.meta.dirname, '../../..'),
  });
  expect(stderr).toMatch(/^No AWS credentials found.*multi-factor.*\nFor the runtime of npm start[^\n]*\n$/);
  expect(status).toBe(1);
});
