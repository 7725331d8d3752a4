/** What Grafana sends for the query of a panel: macros and variables replaced, as its Athena data source documents them. */
import { readPage } from './page.ts';

export interface Query {
  title: string;
  description: string;
  rawSQL: string;
  /** Only these names of columns make a series or an annotation. */
  kind: 'series' | 'table' | 'annotation' | 'variable';
}

interface Target {
  rawSQL: string;
  format: number;
}
interface Dashboard {
  panels: { title: string; description: string; targets: Target[] }[];
  annotations: { list: { name: string; target: Target }[] };
  templating: { list: { name: string; query: string | Target }[] };
}

export function queriesOf(path: string): Query[] {
  const { panels, annotations, templating } = JSON.parse(readPage(path)) as Dashboard;
  return [
    ...panels.flatMap(({ title, description, targets }) =>
      targets.map(({ rawSQL, format }): Query => {
        return { title, description, rawSQL, kind: format === 0 ? 'series' : 'table' };
      }),
    ),
    ...annotations.list.map(({ name, target }): Query => {
      return { title: name, description: '', rawSQL: target.rawSQL, kind: 'annotation' };
    }),
    ...templating.list.flatMap(({ name, query }): Query[] =>
      typeof query === 'string'
        ? []
        : [{ title: `variable ${name}`, description: '', rawSQL: query.rawSQL, kind: 'variable' }],
    ),
  ];
}

const SECONDS: Record<string, number> = { m: 60, h: 3600 };

export interface Shown {
  from: Date;
  to: Date;
  variables: Record<string, string>;
}

export function expand(rawSQL: string, { from, to, variables }: Shown): string {
  const second = (time: Date) => `TIMESTAMP '${time.toISOString().slice(0, 19).replace('T', ' ')}'`;
  const raw = (time: Date, format: string) => {
    const length = { 'yyyy-MM-dd': 10, 'yyyy-MM-dd HH': 13 }[format];
    if (length === undefined) throw new Error(`Expected a format that is known here, got ${format}`);
    return `'${time.toISOString().slice(0, length).replace('T', ' ')}'`;
  };
  const expanded = rawSQL
    .replaceAll(/\$\{(\w+):sqlstring\}/g, (_, name: string) => `'${variables[name]?.replaceAll("'", "''")}'`)
    .replaceAll(/\$(step)\b/g, (_, name: string) => variables[name] ?? '')
    .replaceAll(/\$__rawTimeFrom\('([^']+)'\)/g, (_, format: string) => raw(from, format))
    .replaceAll(/\$__rawTimeTo\('([^']+)'\)/g, (_, format: string) => raw(to, format))
    .replaceAll(/\$__timeGroup\(([\w"]+), '(\d+)([mh])'\)/g, (_, column, amount, unit) => {
      const seconds = Number(amount) * (SECONDS[unit] ?? Number.NaN);
      return `FROM_UNIXTIME(FLOOR(TO_UNIXTIME(${column})/${seconds})*${seconds})`;
    })
    .replaceAll(
      /\$__timeFilter\(([\w"]+)\)/g,
      (_, column) => `${column} BETWEEN ${second(from)} AND ${second(to)}`,
    );
  const [left] = /\$[\w{].*/.exec(expanded) ?? [];
  if (left !== undefined) throw new Error(`Expected macros and variables that are known here, got ${left}`);
  return expanded;
}
