/** With which settings a stack is deployed: those given now, else the project's, else those it was deployed with. */
import { z } from 'zod';
import { parseJson } from '../../../services/contract/json.ts';
import { SETTINGS_METADATA } from '../../../services/contract/stack.ts';
import { type Change, chosenIn } from '../../aws/settings/changes.ts';
import { type Config, isKnob, KNOBS, parseConfig } from '../../aws/settings/config.ts';
import { UserError } from '../../cli/user-error.ts';

type Settings = Record<string, unknown>;

/** Where a setting may come from, the first of which counts. */
export interface SettingSources {
  /** By `-c name=value`. An empty value resets a setting to its default. */
  given: Record<string, string>;
  /** `context` in cdk.json: CDK's own as well. */
  project: Settings;
  /** Of the deployed stack. */
  remembered: Settings;
}

export interface WantedSettings {
  config: Config;
  /** For CDK's `--context`. It counts before cdk.json. */
  context: Record<string, string>;
}

/** @throws UserError with one line per problem */
export function wantedSettings({ given, project, remembered }: SettingSources): WantedSettings {
  const ofProject = onlyKnobs(project);
  const isReset = (name: string) => isKnob(name) && given[name] === '';
  const all = { ...onlyKnobs(remembered), ...ofProject, ...given };
  const settings = Object.fromEntries(Object.entries(all).filter(([name]) => !isReset(name)));
  // Nobody has to reset the width of a stream that scales by itself.
  const isForgotten = given.shards === undefined && ofProject.shards === undefined;
  if (settings.streamMode === 'on-demand' && isForgotten) delete settings.shards;
  const config = parseConfig(settings);
  const overridden = Object.keys(ofProject).filter((name) => isReset(name) || given[name] !== undefined);
  const known = new Set([...Object.keys(chosenIn(config)), ...overridden]);
  return {
    config,
    context: {
      ...Object.fromEntries(Object.entries(given).filter(([name]) => !isKnob(name))),
      ...Object.fromEntries([...known].filter(isKnob).map((name) => [name, String(config[name])])),
    },
  };
}

const onlyKnobs = (settings: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => Object.hasOwn(KNOBS, name)));

const templateSchema = z.object({
  Metadata: z.object({ [SETTINGS_METADATA]: z.record(z.string(), z.unknown()) }),
});

/** The settings that a template remembers; undefined for that of a version that did not. */
export const rememberedIn = (template: string): Settings | undefined =>
  parseJson(template, templateSchema)?.Metadata[SETTINGS_METADATA];

/** Settings of another version, without those that this one does not know or allow any more. */
export function stillValid(settings: Settings): { settings: Settings; dropped: Change[] } {
  const problems = Object.entries(settings).flatMap(([name, value]) => {
    try {
      parseConfig({ [name]: value });
      return isKnob(name) ? [] : [[name, `${name}: no longer a setting`] as const];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [[name, isKnob(name) ? error.message : `${name}: no longer a setting`] as const];
    }
  });
  const wrong = new Map(problems);
  return {
    settings: Object.fromEntries(Object.entries(settings).filter(([name]) => !wrong.has(name))),
    dropped: problems.map(([, text]) => ({ text, takesAway: true })),
  };
}
