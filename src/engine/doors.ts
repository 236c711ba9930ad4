// How a session is reached from outside, so that a test can ask it without a socket.
import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { Export } from '../nbd/export.ts'
import { type NbdServer, serveNbd } from '../nbd/server.ts'
import { DirtyMark } from './dirty-mark.ts'
import { openSockets, type Sockets } from './sockets.ts'

/** Name of the NBD export. */
const exportName = 'disc'

export interface Doors {
  /** For root, who asks and tells, one line at a time; and for everybody, who gets the state. Rejects with the system's error. */
  openControl(answer: (line: string) => Promise<object>, status: () => object): Promise<Sockets>
  /** For the client of the block device. Rejects with the system's error. */
  openDisc(disc: Export): Promise<NbdServer>
  /** Shows whether something is not on the medium. Never rejects. */
  showDirty(dirty: boolean): Promise<void>
}

/** Where the NBD socket of a session in `runtimeDir` is. */
export const nbdSocketIn = (runtimeDir: string): string => path.join(runtimeDir, 'nbd.sock')

/** control.sock, status.sock, nbd.sock, and the file `dirty`. */
export function socketDoors(runtimeDir: string, onProblem: (text: string) => void): Doors {
  const mark = new DirtyMark(runtimeDir, onProblem)
  return {
    openControl: (answer, status) =>
      openSockets(
        path.join(runtimeDir, 'control.sock'),
        path.join(runtimeDir, 'status.sock'),
        answer,
        status,
      ),
    async openDisc(disc) {
      const nbdSocket = nbdSocketIn(runtimeDir)
      await rm(nbdSocket, { force: true })
      return serveNbd({ path: nbdSocket, name: exportName, export: disc, onProblem })
    },
    showDirty: (dirty) => mark.follow(dirty),
  }
}
