import { LOCAL_ACCOUNT } from '../stack/identities.ts';
import type { Service } from '../stack/service.ts';
import { unknownOperation } from '../wire/json-operation.ts';
import { queryService } from '../wire/protocols.ts';
import { successXml } from '../wire/query-protocol.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';
const ONLY = 'GetCallerIdentity';
/** The same for every caller, because credentials are not checked. */
const CALLER = { Arn: `arn:aws:iam::${LOCAL_ACCOUNT}:user/local`, UserId: 'local', Account: LOCAL_ACCOUNT };

/** Many tools first ask who they are. */
export const sts: Service<void> = {
  name: 'sts',
  types: {},
  open({ serve }) {
    serve(
      queryService(NAMESPACE, async (params) => {
        const action = params.get('Action') ?? '';
        if (action !== ONLY) throw unknownOperation('STS', [ONLY], action, 'InvalidAction');
        return { status: 200, body: successXml(NAMESPACE, ONLY, CALLER) };
      }),
    );
  },
};
