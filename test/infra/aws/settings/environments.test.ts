import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, describe, expect, it } from 'vitest';
import { KNOBS, parseConfig } from '../../../../infra/aws/settings/config.ts';
import { deploymentOf, readEnvironment } from '../../../../infra/aws/settings/environments.ts';
import { ENVIRONMENT_SCHEMA } from '../../../../infra/aws/settings/json-schema.ts';
import { environmentOf, stackNameOf } from '../../../../services/contract/stack.ts';

const SCHEMA = 'infra/aws/settings/environment.schema.json';
const folder = mkdtempSync(join(tmpdir(), 'environments-'));
afterAll(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string) => writeFileSync(join(folder, `${name}.json`), text);
write('prod', '{ "$schema": "x", "shards": 4, "alertEmail": ["a@example.com", "b@example.com"] }');
write('bad', '{ "shards": 0, "batchSize": "many" }');
write('typo', '{ "shard": 2, "nothing-like-it": 1 }');
write('list', '[]');
write('broken', '{ "shards": ');

const problemOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('an environment', () => {
  it('is a stack of its own with the settings of its file, and defaults for the rest', () => {
    expect(deploymentOf({ env: 'prod', '@aws-cdk/x': true }, folder)).toEqual({
      stackName: 'Streamwatch-prod',
      config: parseConfig({ shards: 4, alertEmail: 'a@example.com,b@example.com' }),
    });
    expect(deploymentOf({ shards: '2' }, folder)).toEqual({
      stackName: 'Streamwatch',
      config: parseConfig({ shards: 2 }),
    });
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      'nobody has written',
      { env: 'staging' },
      /^There is no infra\/environments\/staging\.json\. .*: .*prod/,
    ],
    ['is not a name', { env: '../prod' }, /^env: Expected up to 20 lower-case letters.*, got "..\/prod"$/],
    [
      'has a value that is not allowed',
      { env: 'bad' },
      /^shards: Expected .* infra\/environments\/bad\.json/,
    ],
    [
      'has a name that nobody knows',
      { env: 'typo' },
      /shard: no such setting\. Did you mean shards\?\n.*nothi/,
    ],
    ['is a list', { env: 'list' }, /list\.json: Expected an object of settings/],
    ['is cut off', { env: 'broken' }, /broken\.json is not JSON: /],
    [
      'has settings beside its file',
      { env: 'prod', shards: 2 },
      /^shards: environment prod has its settings/,
    ],
  ])('that %s is refused', (_, context, words) => {
    expect(problemOf(() => deploymentOf(context, folder))).toMatch(words);
  });

  it.each([
    ['prod', 'Streamwatch-prod'],
    ['eu-2', 'Streamwatch-eu-2'],
  ])('%s gives the name %s, which gives it back', (env, stackName) => {
    expect(stackNameOf(env)).toBe(stackName);
    expect(environmentOf(stackName)).toBe(env);
  });

  it.each(['Streamwatch', 'Streamwatch-', 'Streamwatch-Prod', 'Plant-prod', 'Streamwatch-a-'])(
    '%s is not the stack of one',
    (name) => expect(environmentOf(name)).toBeUndefined(),
  );
});

describe('the schema for files of environments', () => {
  it('is generated from the table of knobs (npx vitest run test/infra/aws/settings -u)', async () => {
    const formatted = execFileSync('node_modules/.bin/biome', ['format', `--stdin-file-path=${SCHEMA}`], {
      input: JSON.stringify(ENVIRONMENT_SCHEMA),
      encoding: 'utf8',
    });
    await expect(formatted).toMatchFileSnapshot(resolve(SCHEMA));
  });

  const valid = new Ajv({ strict: false }).compile(ENVIRONMENT_SCHEMA);

  it('takes the example, every default, and nothing that the app refuses', () => {
    expect(valid(JSON.parse(readFileSync('infra/environments/example.json', 'utf8')))).toBe(true);
    expect(readEnvironment('example')).toMatchObject({ shards: 2, lakeRetentionDays: 400 });
    expect(valid(parseConfig({}))).toBe(true);
    for (const wrong of [
      ...[{ shards: 0 }, { shards: 1.5 }, { shard: 1 }, { edge: 'yes' }, { alertEmail: ['nobody'] }],
      { runbookUrl: 'no link' },
    ]) {
      expect(valid(wrong), JSON.stringify(wrong)).toBe(false);
      expect(problemOf(() => deploymentOf({ ...wrong }))).not.toBe('none');
    }
  });

  it('says of every knob what it means, its unit and its default', () => {
    const described: Record<string, { description?: string }> = ENVIRONMENT_SCHEMA.properties;
    for (const [name, knob] of Object.entries(KNOBS)) {
      const description = described[name]?.description;
      expect(description).toContain(knob.meaning);
      expect(description).toContain(knob.allowed);
      expect(description).toContain(`default: ${knob.default}`);
    }
  });
});
