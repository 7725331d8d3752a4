/** JSON schema of a rules file: what editors complete, check and explain. rules.schema.json is its committed form. */
import * as z from 'zod/mini';
import { METRIC_FIELDS, METRICS } from './reading.ts';
import { type Rule, rulesFileSchema } from './rule.ts';

/** Every field of any kind. */
type Field = Rule extends infer R ? (R extends Rule ? keyof R : never) : never;

/** What each field means, for people. Apart from the types, so that a cold start of the detector does not load it. */
const MEANINGS: Record<Field, string> & Record<string, string> = {
  kind: 'What it looks for: a value past a threshold (the default), a value that is stuck or noisy, silence, or a value that is unusual for the device.',
  name: 'Unique; lower-case letters, digits and hyphens. Part of the state key: renaming a rule starts it afresh.',
  metric: `What is watched: ${METRICS.map((name) => `${name} in ${METRIC_FIELDS[name].unit}`).join(', ')}.`,
  operator: 'A reading breaches when: value OPERATOR threshold.',
  threshold: 'A number, or for "outside" the range that is normal.',
  recoveryThreshold:
    'Hysteresis: once firing, a reading is well only when it is back past this. Default: the threshold.',
  evaluationPeriods: 'N of "M of N": how many of the latest readings count.',
  datapointsToAlarm: 'M of "M of N": how many of them must breach. Default: all N.',
  for: 'How long it must hold before the rule fires, such as 30s. Default: not at all; silent: 5m.',
  datapointsToClear: 'How many well readings in a row end an incident.',
  keepFiringFor:
    'How long readings must have been well before an incident ends, such as 2m. Default: not at all; unusual: 3h.',
  sensitivity: 'How much is called unusual: low, medium (the default) or high.',
  direction: 'Which side of normal is unusual: above, below or both (the default).',
  minimumChange: 'A smaller change is never unusual, in the unit of the metric. Default: 2 °C or 5 %.',
  of: 'Who is silent: a device while its site speaks (the default), or a site while others speak.',
  forgetAfter: 'After such a silence the device is given up: the incident ends. Default: 7d.',
  severity:
    'Ladder, mildest first. The first step begins at the threshold of the rule, each other further out at its own. Other kinds have one step.',
  selector: 'Which devices, by ids or patterns with * and ?. Default: all.',
  sendResolved: 'Tell when it is over, too?',
  notifyWithin:
    'What is older when it is noticed is not told by itself, but in one digest of its site. Default: 6h.',
  repeatEvery:
    'Tell again, each time so long, that an incident is still open and nobody has acknowledged it: 5m to 30d. Default: never.',
  annotations: 'For people: a one-line summary, what to do first, and where the procedure is written down.',
};

export function rulesJsonSchema(): object {
  return z.toJSONSchema(rulesFileSchema, {
    io: 'input',
    override: ({ jsonSchema, path }) => {
      const field = path.at(-1);
      const ofRule = path.at(-2) === 'properties' && path.at(-4) === 'oneOf' && path.at(-6) === 'rules';
      if (ofRule && typeof field === 'string') jsonSchema.description = MEANINGS[field];
    },
  });
}
