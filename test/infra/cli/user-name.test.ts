import { expect, it } from 'vitest';
import { UserError } from '../../../infra/cli/user-error.ts';
import { userName } from '../../../infra/cli/user-name.ts';

it('a user without a name, as in a container, is told to give one', () => {
  expect(userName(() => 'anna')).toBe('anna');
  const nameless = () => {
    throw new Error('A system error occurred: uv_os_get_passwd returned ENOENT');
  };
  expect(() => userName(nameless)).toThrow(
    UserError.misuse('Your user has no name on this machine. Say who you are: --by NAME'),
  );
});
