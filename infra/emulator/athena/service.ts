import { glue } from '../glue/service.ts';
import { s3 } from '../s3/service.ts';
import { byName, byUuid } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service } from '../stack/service.ts';
import { jsonService } from '../wire/protocols.ts';
import { athenaAccess } from './access.ts';
import { type Athena, openAthena } from './athena.ts';
import { namedQueryProperties, workGroupProperties } from './work-groups.ts';

const WORK_GROUP = 'AWS::Athena::WorkGroup';
const NAMED_QUERY = 'AWS::Athena::NamedQuery';

export const athena: Service<Athena> = {
  name: 'athena',
  types: {
    [WORK_GROUP]: { identity: byName('Name'), obeys: pathsOf(workGroupProperties) },
    [NAMED_QUERY]: { identity: byUuid('NamedQueryId'), obeys: pathsOf(namedQueryProperties) },
  },
  refusals: {
    throttle: ['ThrottlingException', 400, 'Rate exceeded'],
    unavailable: ['ServiceUnavailable', 503, 'The service is temporarily unavailable.'],
    'internal-error': ['InternalServerException', 500, 'Internal server error'],
  },
  open({ resources, bus, clock, queryProgram, of, serve, onClose }) {
    const opened = openAthena({
      tables: of(glue).tables,
      workGroups: resources(WORK_GROUP).map(({ properties }) => properties),
      namedQueries: resources(NAMED_QUERY).map(({ ref, properties }) => ({ id: ref, properties })),
      s3Root: of(s3).root,
      ...{ bus, clock, queryProgram },
    });
    onClose(() => opened.close());
    serve(jsonService(opened.api, athenaAccess(opened)));
    return opened;
  },
};
