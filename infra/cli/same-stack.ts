/** A command that a message shows is to be about the stack that the message is about. */
import type { Command } from 'commander';
import type { StackFlags } from './options.ts';
import { shellWord } from './shell-word.ts';

/** The options that name a stack, as somebody types them, such as ` --local`: for the end of a command that is shown. */
export const sameStack = ({ local, dir, env, stack }: StackFlags): string =>
  [
    local ? ' --local' : '',
    dir === undefined ? '' : ` --dir ${shellWord(dir)}`,
    env === undefined ? '' : ` --env ${env}`,
    stack === undefined ? '' : ` --stack ${shellWord(stack)}`,
  ].join('');

/** An error that shows the program's own command, which then ends its line, gets them, too. */
export function aboutSameStack(message: string, command: Command): string {
  const options = sameStack(command.opts<StackFlags>());
  const program = command.name().replace(/ --$/, '');
  if (options === '' || !message.includes(program)) return message;
  const shown = new RegExp(`(${program})( -- [^\\n]*)?$`, 'gm');
  return message.replace(shown, (_, name: string, rest = ' --') => `${name}${rest}${options}`);
}
