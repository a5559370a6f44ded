import { Readable, Writable } from 'node:stream';
import type { PipedChild } from './start-child.js';

/** The pipes to a child. Their errors need no listener: that a child is gone shows in its 'close'. */
export interface ChildPipes {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The pipe of a descriptor beyond those three. */
  readonly more: (descriptor: number) => Writable;
}

/** The pipes of a child; where it has none, because it could not be started, such that lead nowhere. */
export function pipesOf(child: PipedChild): ChildPipes {
  const { stdin, stdout, stderr, stdio }: Partial<PipedChild> = child;
  return {
    stdin: quiet(stdin ?? nowhere()),
    stdout: quiet(stdout ?? silence()),
    stderr: quiet(stderr ?? silence()),
    more: (descriptor) => quiet((stdio?.[descriptor] as Writable | undefined) ?? nowhere()),
  };
}

function quiet<T extends Readable | Writable>(pipe: T): T {
  pipe.on('error', () => undefined);
  return pipe;
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

function silence(): Readable {
  return new Readable({ read: () => undefined });
}
