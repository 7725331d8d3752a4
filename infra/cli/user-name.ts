import { userInfo } from 'node:os';
import { UserError } from './user-error.ts';

/**
 * The login of the person who types.
 * @throws UserError, a misuse, where the user is only a number, as in a container
 */
export function userName(login = () => userInfo().username): string {
  try {
    return login();
  } catch {
    throw UserError.misuse('Your user has no name on this machine. Say who you are: --by NAME');
  }
}
