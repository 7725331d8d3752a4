/** The two streams of a command, and what it said on them. */
export interface Said {
  stdout: string;
  stderr: string;
}

export function listen() {
  const said: Said = { stdout: '', stderr: '' };
  const io = {
    stdout: (text: string) => {
      said.stdout += text;
    },
    stderr: (text: string) => {
      said.stderr += text;
    },
  };
  return { said, io };
}
