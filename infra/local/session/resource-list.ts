/** `npm start -- --resources`: how each resource of the template runs here, and which properties have no effect. */
import { formatNumber, plural, wrap } from '../../cli/text.ts';
import { resourceRows, withoutEffect } from '../../emulator/registry.ts';
import type { Stack, StackResource } from '../../emulator/stack/intrinsics.ts';
import { replacedHere } from '../local-resources.ts';

interface Listed {
  name: string;
  heading: string;
  effects: string[];
  withoutEffect: number;
}

/** Lines of at most 80 columns. */
export function resourceList(stack: Stack): string[] {
  const rows = resourceRows(stack);
  const listed = stack.resources.map((resource, i): Listed => {
    const { name = resource.logicalId, type = '', mode = 'not emulated' } = rows[i] ?? {};
    const heading = `${type}: ${mode}`;
    return mode === 'local'
      ? { name, heading, effects: effectsOf(resource), withoutEffect: withoutEffect(resource).length }
      : { name, heading, effects: [], withoutEffect: 0 };
  });
  const running = rows.filter(({ mode }) => mode === 'local').length;
  const ineffective = listed.reduce((sum, one) => sum + one.withoutEffect, 0);
  return [
    ...[...new Set(listed.map(({ heading }) => heading))].flatMap((heading) => [
      heading,
      ...listed.filter((one) => one.heading === heading).flatMap(linesOf),
      '',
    ]),
    `${formatNumber(running)} of ${plural(rows.length, 'resource')} run here; ${formatNumber(ineffective)} of their properties have no effect.`,
  ];
}

function effectsOf(resource: StackResource): string[] {
  const ineffective = [...grouped(withoutEffect(resource))].map(([part, names]) =>
    part === '' ? names.join(', ') : `${part}: ${names.join(', ')}`,
  );
  return [
    ...(ineffective.length > 0 ? [`without effect here: ${ineffective.join('; ')}`] : []),
    ...replacedHere(resource).map((text) => `replaced here: ${text}`),
  ];
}

/** The rests of the paths by their first part; paths with only one part are under ''. */
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
