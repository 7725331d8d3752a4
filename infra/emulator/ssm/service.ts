import { join } from 'node:path';
import type { Service } from '../stack/service.ts';
import { jsonService } from '../wire/protocols.ts';
import { ACCESS } from './access.ts';
import { ssmOperations } from './operations.ts';
import { openParameters } from './parameters.ts';

/** The Parameter Store of Systems Manager. A template needs no resource to use it. */
export const ssm: Service<void> = {
  name: 'ssm',
  types: {},
  refusals: {
    throttle: ['ThrottlingException', 400, 'Rate exceeded'],
    unavailable: ['ServiceUnavailableException', 503, 'The service is temporarily unavailable.'],
    'internal-error': ['InternalServerError', 500, 'An error occurred on the server side.'],
  },
  open({ stateDir, clock, serve }) {
    const parameters = openParameters(join(stateDir, 'ssm.json'), () => clock.now());
    const api = {
      title: 'Systems Manager',
      operations: ssmOperations(parameters),
      errors: { invalid: 'ValidationException', unknown: 'InvalidAction' },
    };
    serve(jsonService(api, ACCESS));
  },
};
