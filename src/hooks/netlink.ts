// The netlink socket that systemd opened for us (ListenNetlink=, sd_listen_fds(3)): Node itself can open none.
import { readSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Answer,
  decodeAnswers,
  encodeGetFamily,
  encodeReconfigure,
  familyOf,
  type Reconfiguration,
} from '../nbd/netlink.ts'

/** The first descriptor that systemd passes. */
const descriptor = 3
/** One answer of the kernel fits into it by far. */
const datagram = Buffer.alloc(16_384)

/** Requests on the descriptor, answered one after the other. Throws when systemd passed none. */
export class Netlink {
  #sequence = 0

  constructor() {
    if (process.env.LISTEN_PID !== String(process.pid) || process.env.LISTEN_FDS !== '1')
      throw new Error('no netlink socket was passed on: this runs as pktw-nbd@.service only')
  }

  /** Number of a generic netlink family; throws when the kernel has none of the name (a module is not loaded). */
  async family(name: string): Promise<number> {
    const answer = await this.#ask((sequence) => encodeGetFamily(name, sequence))
    const family = familyOf(answer)
    if (family === undefined) throw new Error(`the kernel has no netlink family "${name}" (${answer.error})`)
    return family
  }

  /** Throws with the kernel's errno when it refuses. Returns when it has done it. */
  async reconfigure(family: number, to: Reconfiguration): Promise<void> {
    const { error } = await this.#ask((sequence) => encodeReconfigure(family, to, sequence))
    if (error !== 0) throw new Error(`the kernel refuses to reconfigure nbd${to.index} (errno ${error})`)
  }

  async #ask(encode: (sequence: number) => Buffer): Promise<Answer> {
    const sequence = ++this.#sequence
    writeSync(descriptor, encode(sequence))
    // The kernel answers before write(2) returns; the time is for a read that was interrupted.
    for (let tries = 0; tries < 100; tries++) {
      const answer = decodeAnswers(receive()).find((a) => a.sequence === sequence)
      if (answer !== undefined) return answer
      await sleep(20)
    }
    throw new Error('the kernel does not answer on netlink')
  }
}

/** The next datagram; empty when there is none. */
function receive(): Buffer {
  try {
    return datagram.subarray(0, readSync(descriptor, datagram))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return Buffer.alloc(0)
    throw error
  }
}
