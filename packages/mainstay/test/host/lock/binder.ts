/** A process between `bind` and `listen` of a lock's socket: it says that it has bound, and listens when it is told to. */
import { socketName } from '../../../src/host/lock/socket-lock.ts';

/** What node:net is made of; only here can the two steps be taken apart. */
interface Binding {
  Pipe: new (type: number) => { bind(name: string): number; listen(backlog: number): number };
  constants: { SERVER: number };
}

const { Pipe, constants } = (process as unknown as { binding(name: string): Binding }).binding('pipe_wrap');
const pipe = new Pipe(constants.SERVER);
if (pipe.bind(socketName(process.argv[2]!)) !== 0) throw new Error('cannot bind');
console.log('bound');
process.stdin.once('data', () => {
  if (pipe.listen(8) !== 0) throw new Error('cannot listen');
});
process.stdin.on('end', () => process.exit());
