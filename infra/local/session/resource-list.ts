/** `npm start -- --resources`: how each resource of the template runs here, and which of its properties have no effect. */
import { formatNumber, plural, wrap } from '../../cli/text.ts';
import { resourceRows, withoutEffect } from '../../emulator/registry.ts';
import type { Stack, StackResource } from '../../emulator/stack/intrinsics.ts';
import { replacedHere } from '../local-resources.ts';

interface Listed {
  name: string;
  heading: string;
  /** What follows below its name. */
  effects: string[];
  /** Paths of the properties that are set in vain. */
  inVain: string[];
}

/** Lines of at most 80 columns. */
export function resourceList(stack: Stack): string[] {
  const rows = resourceRows(stack);
  const listed = stack.resources.map((resource, i): Listed => {
    const { name = resource.logicalId, type = '', mode = 'not emulated' } = rows[i] ?? {};
    const heading = `${type}: ${mode}`;
    return mode === 'local'
      ? { name, heading, effects: effectsOf(resource), inVain: withoutEffect(resource) }
      : { name, heading, effects: [], inVain: [] };
  });
  const running = rows.filter(({ mode }) => mode === 'local').length;
  const inVain = listed.reduce((sum, one) => sum + one.inVain.length, 0);
  return [
    ...[...new Set(listed.map(({ heading }) => heading))].flatMap((heading) => [
      heading,
      ...listed.filter((one) => one.heading === heading).flatMap(linesOf),
      '',
    ]),
    `${formatNumber(running)} of ${plural(rows.length, 'resource')} run here; ${formatNumber(inVain)} of their properties have no effect.`,
  ];
}

function effectsOf(resource: StackResource): string[] {
  const inVain = [...grouped(withoutEffect(resource))].map(([part, names]) =>
    part === '' ? names.join(', ') : `${part}: ${names.join(', ')}`,
  );
  return [
    ...(inVain.length > 0 ? [`without effect here: ${inVain.join('; ')}`] : []),
    ...replacedHere(resource).map((text) => `replaced here: ${text}`),
  ];
}

/** Paths by their first part; those that have only one come under ''. */
function grouped(paths: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const dot = path.indexOf('.');
    const part = dot === -1 ? '' : path.slice(0, dot);
    groups.set(part, [...(groups.get(part) ?? []), path.slice(dot + 1)]);
  }
  return groups;
}

const linesOf = ({ name, effects }: Listed): string[] => [
  ...wrap(name, '  '),
  ...effects.flatMap((text) => wrap(text, '      ')),
];
