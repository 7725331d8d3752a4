import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAssembly } from '../../../../infra/emulator/stack/template.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'assembly-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, value: unknown) =>
  writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
const ASSETS = {
  files: {
    abc: {
      source: { path: 'asset.abc', packaging: 'zip' },
      destinations: { here: { objectKey: 'abc.zip' } },
    },
  },
};

describe('loadAssembly', () => {
  it('finds the folder of an asset by the key that the template uses', () => {
    write('Shop.template.json', { Resources: {} });
    write('Shop.assets.json', ASSETS);
    const assembly = loadAssembly(folder, 'Shop');
    expect(assembly.assetFolder('abc.zip')).toBe(join(folder, 'asset.abc'));
    expect(() => assembly.assetFolder('other.zip')).toThrow(/No asset other\.zip.*npx cdk synth/);
  });

  it('says which template is missing and how to create it', () => {
    expect(() => loadAssembly(join(folder, 'nowhere'), 'Shop')).toThrow(
      `No template at ${join(folder, 'nowhere', 'Shop.template.json')}. Synthesize it with: npx cdk synth`,
    );
  });

  it('refuses what is not JSON, and JSON that is not a template', () => {
    write('Shop.assets.json', ASSETS);
    write('Shop.template.json', '{"Resources":');
    expect(() => loadAssembly(folder, 'Shop')).toThrow(/is not readable JSON/);
    write('Shop.template.json', { Resources: { Stream: {} } });
    expect(() => loadAssembly(folder, 'Shop')).toThrow(/no CloudFormation template: Resources\.Stream\.Type/);
  });
});
