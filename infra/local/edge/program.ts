/** Programs of the project that a session starts: the rooms that they are in may not be imported here. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { programAt } from '../../cli/run/program-at.ts';

/** The end of what a program has said is kept, for an error. */
const KEPT_CHARACTERS = 2000;

interface Program {
  child: ChildProcess;
  /** Resolves with the exit code; null where a signal has ended it. */
  exited: Promise<number | null>;
  /** The last lines of what it has said. */
  said(): string;
}

interface StartedProgram {
  /** Folder of the project. */
  project: string;
  /** From there. */
  file: string;
  args: string[];
  /** Modules to load before it. */
  preload?: string[];
}

/** In a process group of its own, so that Ctrl-C in a terminal reaches only the session. */
export function startProgram({ project, file, args, preload = [] }: StartedProgram): Program {
  const loaded = preload.flatMap((name) => ['--import', name]);
  const child = spawn(process.execPath, [...loaded, ...programAt(project, file), ...args], {
    ...{ cwd: project, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-KEPT_CHARACTERS);
    });
  }
  return {
    child,
    exited: once(child, 'close').then(([code]) => code as number | null),
    said: () => said.trim(),
  };
}
