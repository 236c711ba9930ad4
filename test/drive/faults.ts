// What a test makes go wrong, on purpose and repeatably.
import { type BlockFault, BlockFaults } from './block-faults.ts'
import { type SenseData, senseOf } from './sense.ts'

/**
 * - `hang`: no answer until reset.
 * - `unplug`: carried out, and the cable comes out before the answer.
 * - `short`: half the data, status GOOD; of a command that brings data, half is taken (B/4B/00).
 * - `residue`: as `short`, but the host gets the full length; what is behind the half is left over from earlier commands. Only the
 *   residue of the USB status says so.
 * - `garbage`: the right length of A5h; of a command without a reply, carried out with sense that means nothing (0/54/9C, recorded
 *   of an old kernel path).
 * - `lost`: carried out, and a bridge loses the answer (B/08/00).
 * - `reset`: the drive resets itself as the command arrives, and reports 6/29/00; the write cache is kept.
 * - `brown-out`: the same, and the write cache is lost.
 */
const named = ['hang', 'lost', 'unplug', 'short', 'residue', 'garbage', 'reset', 'brown-out'] as const
type NamedFault = (typeof named)[number]
const isNamed = (how: string): how is NamedFault => named.some((name) => name === how)

export type CommandFault = NamedFault | SenseData

/** Sense as text, with the fields that go with it: a deferred error has response code 71h. */
export interface SenseFault {
  sense: string
  information?: number
  deferred?: boolean
}

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

/** The queue of faults that meet whichever command comes next. */
const any = -1

export class Faults {
  /** ms that each packet takes on its way to or from the medium. */
  packetLatencyMs = 0
  /** ms that every command takes. */
  commandLatencyMs = 0
  /** ms more that commands with this operation code take. */
  readonly latencyOf = new Map<number, number>()
  readonly #blocks: BlockFaults
  #commands = new Map<number, Armed[]>()
  #cut: PowerCut | undefined

  /** `now`: ms of the drive's clock. */
  constructor(now: () => number) {
    this.#blocks = new BlockFaults(now)
  }

  /**
   * Reading this LBA, or writing the packet that it lies in, fails: `count` times, or always. A write fails when the cache is
   * emptied: at SYNCHRONIZE CACHE, FUA, an eviction, or while the drive is idle. Sense defaults: 3/11/00, 3/0C/00.
   */
  failSector(lba: number, what: 'read' | 'write', how: string | BlockFault = {}, count?: number): void {
    const fault = typeof how === 'string' ? { sense: how } : how
    this.#blocks.arm(lba, what, count === undefined ? fault : { ...fault, count })
  }

  /** This LBA does not fail any more. */
  heal(lba: number): void {
    this.#blocks.disarm(lba)
  }

  /**
   * The next `count` commands with this operation code end so. `any`: whichever command comes next, except those that report no
   * unit attention condition (INQUIRY, REQUEST SENSE, GET EVENT STATUS NOTIFICATION, …). Sense as text, `'2/04/08'`. Faults queue up.
   */
  failCommand(opcode: number | 'any', how: NamedFault | (string & {}) | SenseFault, count = 1): void {
    const key = opcode === 'any' ? any : opcode
    const queue = this.#commands.get(key) ?? []
    queue.push({ fault: commandFault(how), left: count })
    this.#commands.set(key, queue)
  }

  /** The power goes while the medium writes a packet; see `Drive.powerLoss()` for what follows. */
  cutPower(cut: Partial<PowerCut> = {}): void {
    this.#cut = { packets: 1, newBlocks: 3, unreadableBlocks: 4, ...cut }
  }

  /** Nothing fails any more. */
  clear(): void {
    this.#blocks.clear()
    this.#commands.clear()
    this.#cut = undefined
    this.packetLatencyMs = 0
    this.commandLatencyMs = 0
    this.latencyOf.clear()
  }

  /** Used by the drive: what this command meets, and one less of it. `reports`: it can report a unit attention condition. */
  takeCommand(opcode: number, reports: boolean): CommandFault | undefined {
    if (this.#commands.size === 0) return undefined
    return this.#take(opcode) ?? (reports ? this.#take(any) : undefined)
  }

  #take(key: number): CommandFault | undefined {
    const queue = this.#commands.get(key)
    const first = queue?.[0]
    if (!queue || !first) return undefined
    if (--first.left <= 0) queue.shift()
    return first.fault
  }

  /** Used by the drive: `BlockFaults.take`. */
  takeSector(...range: Parameters<BlockFaults['take']>): ReturnType<BlockFaults['take']> {
    return this.#blocks.take(...range)
  }

  /** Used by the drive: true once the packet is reached that the power does not outlast. */
  takePowerCut(): PowerCut | undefined {
    const cut = this.#cut
    if (!cut || --cut.packets > 0) return undefined
    this.#cut = undefined
    return cut
  }
}

function commandFault(how: string | SenseFault): CommandFault {
  if (typeof how === 'string') return isNamed(how) ? how : senseOf(how)
  const { sense, ...more } = how
  return { ...senseOf(sense), ...more }
}
