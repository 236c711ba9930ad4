// What a test makes go wrong, on purpose and repeatably.
import { type SenseData, senseOf } from './sense.ts'

/**
 * `hang`: no answer until reset. `unplug`: carried out, and the cable comes out before the answer. `short`: half the data, status
 * GOOD; of a command that brings data, half is taken (B/4B/00). `garbage`: the right length of A5h; of a command without a reply,
 * carried out with sense that means nothing (0/54/9C, recorded of an old kernel path). `lost`: carried out, and a
 * bridge loses the answer (B/08/00).
 */
export type CommandFault = 'hang' | 'lost' | 'unplug' | 'short' | 'garbage' | SenseData

const named = ['hang', 'lost', 'unplug', 'short', 'garbage'] as const
const isNamed = (how: string): how is (typeof named)[number] => named.some((name) => name === how)

interface Armed {
  fault: CommandFault
  left: number
}

/** Where the power goes during a packet write. */
export interface PowerCut {
  /** 1 = the next packet the medium writes from now on. */
  packets: number
  /** Blocks of that packet that are new, then blocks that are unreadable; the rest is old. */
  newBlocks: number
  unreadableBlocks: number
}

export class Faults {
  /** ms that each packet takes on its way to or from the medium. */
  packetLatencyMs = 0
  /** ms that every command takes. */
  commandLatencyMs = 0
  /** ms more that commands with this operation code take. */
  readonly latencyOf = new Map<number, number>()
  #sectors = new Map<string, Armed>()
  #commands = new Map<number, Armed[]>()
  #cut: PowerCut | undefined

  /** Reading or writing this LBA fails, `count` times (default: always). Sense defaults: 3/11/00, 3/0C/00. */
  failSector(lba: number, what: 'read' | 'write', sense?: string, count = Number.POSITIVE_INFINITY): void {
    const fault = senseOf(sense ?? (what === 'read' ? '3/11/00' : '3/0C/00'))
    this.#sectors.set(`${what} ${lba}`, { fault, left: count })
  }

  /** The next `count` commands with this operation code end so. Sense as text, `'2/04/08'`. Faults queue up. */
  failCommand(opcode: number, how: (typeof named)[number] | (string & {}), count = 1): void {
    const fault: CommandFault = isNamed(how) ? how : senseOf(how)
    const queue = this.#commands.get(opcode) ?? []
    queue.push({ fault, left: count })
    this.#commands.set(opcode, queue)
  }

  /** The power goes while the medium writes a packet; see `Drive.powerLoss()` for what follows. */
  cutPower(cut: Partial<PowerCut> = {}): void {
    this.#cut = { packets: 1, newBlocks: 3, unreadableBlocks: 4, ...cut }
  }

  /** Nothing fails any more. */
  clear(): void {
    this.#sectors.clear()
    this.#commands.clear()
    this.#cut = undefined
    this.packetLatencyMs = 0
    this.commandLatencyMs = 0
    this.latencyOf.clear()
  }

  /** Used by the drive: what this command meets, and one less of it. */
  takeCommand(opcode: number): CommandFault | undefined {
    const queue = this.#commands.get(opcode)
    const first = queue?.[0]
    if (!queue || !first) return undefined
    if (--first.left <= 0) queue.shift()
    return first.fault
  }

  /** Used by the drive: the first failing block of a range, and one less of it. */
  takeSector(what: 'read' | 'write', lba: number, count: number): (SenseData & { lba: number }) | undefined {
    if (this.#sectors.size === 0) return undefined
    for (let at = lba; at < lba + count; at++) {
      const armed = this.#sectors.get(`${what} ${at}`)
      if (!armed || typeof armed.fault === 'string') continue
      if (--armed.left <= 0) this.#sectors.delete(`${what} ${at}`)
      return { ...armed.fault, lba: at }
    }
    return undefined
  }

  /** Used by the drive: true once the packet is reached that the power does not outlast. */
  takePowerCut(): PowerCut | undefined {
    const cut = this.#cut
    if (!cut || --cut.packets > 0) return undefined
    this.#cut = undefined
    return cut
  }
}
