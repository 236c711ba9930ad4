// The drive: tray, door, attention conditions, one command after the other. What each command does is in commands/.
import { EventEmitter } from 'node:events'
import type { Transport } from '../../src/mmc/transport.ts'
import { commands } from './commands/table.ts'
import { Counters } from './counters.ts'
import type { Disc } from './disc.ts'
import { type CommandFault, Faults } from './faults.ts'
import { Medium, PowerWent } from './medium.ts'
import { defaultPages, type ModePages } from './mode-pages.ts'
import { type Durations, Operation } from './operation.ts'
import { type DriveProfile, loadProfile, type Quirks } from './profile.ts'
import { CheckCondition, check, encodeSense, type SenseData, senseText } from './sense.ts'
import { inProcess } from './transport.ts'

/** How one command ended. */
export interface Answer {
  status: 0 | 2
  data: Buffer
  /** With status 0 only as a hint: sense that goes with GOOD (DVD+RW background format). */
  sense?: SenseData
  /** When the answer goes out, from the start of the command. */
  delayMs: number
  /** The drive never answers. */
  hang: boolean
}

/** Time, as the drive needs it; tests may pass their own. */
export interface Clock {
  now(): number
  /** Runs `fn` after `ms`; returns what cancels it. */
  later(ms: number, fn: () => void): () => void
}

const realClock: Clock = {
  now: () => performance.now(),
  later: (ms, fn) => {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}

export interface DriveOptions {
  /** A preset's name, a path, or a profile. Default `supermulti`. */
  profile?: string | DriveProfile
  /** Over what the profile says. */
  quirks?: Partial<Quirks>
  clock?: Clock
  /** Commands kept in `counters.log`. */
  logLength?: number
}

/** GESN media event codes (MMC-6 §6.6.2.4). */
export const mediaEvent = { none: 0, ejectRequest: 1, newMedia: 2, removal: 3 } as const

interface Waiting {
  cdb: Buffer
  out: Buffer
  done: (answer: Answer) => void
  cancel?: () => void
}

export class Drive {
  readonly profile: DriveProfile
  quirks: Quirks
  readonly clock: Clock
  readonly counters: Counters
  readonly faults = new Faults()
  /** ms that long operations take; all 0 unless set. */
  readonly durations: Durations = { format: 0, blank: 0, close: 0, load: 0, background: 0 }
  /** The disc on the tray, in the drive or outside. */
  disc: Disc | undefined
  trayOpen = false
  /** PREVENT ALLOW MEDIUM REMOVAL: bit 0 prevent, bit 1 persistent. */
  prevent = 0
  /** False while it has no power or no cable. */
  plugged = true
  pages: ModePages = defaultPages()
  /** kB/s, as SET CD SPEED left it. */
  writeSpeed = 0
  readSpeed = 0
  /** What GESN has not told yet. */
  pendingMediaEvent: number = mediaEvent.none
  pendingFeatureChange = false
  operation: Operation | undefined
  /** How often flow control and busy answers are still due after this load. */
  dueBusy = 0
  dueFlow = 0
  /** TEST UNIT READY said GOOD once since the load. */
  saidReady = false
  /** READ CAPACITY says too much until something is written. */
  freshlyFormatted = false
  /** SEND CUE SHEET was sent: disc at once. */
  cueSheet = false
  #medium: Medium | undefined
  #attention: SenseData[] = []
  /** What REQUEST SENSE will say. */
  #sense: SenseData | undefined
  #hanging: 'no' | 'until-reset' | 'for-ever' = 'no'
  #waiting = new Set<Waiting>()
  #events = new EventEmitter()

  constructor(options: DriveOptions = {}) {
    const { profile = 'supermulti' } = options
    this.profile = typeof profile === 'string' ? loadProfile(profile) : profile
    this.quirks = { ...this.profile.quirks, ...options.quirks }
    this.clock = options.clock ?? realClock
    this.counters = new Counters(options.logLength ?? 1000)
    this.#events.setMaxListeners(0)
    this.attention(0x29, 0x00)
  }

  // ---- hands ----

  /** Puts a disc in, opening the tray if need be, and closes it. Throws when there is a disc already. */
  insert(disc: Disc): void {
    if (this.disc) throw new Error('there is a disc in the drive: remove it, or swap')
    this.disc = disc
    this.#load()
  }

  /** Takes the disc out by hand: unlocked, as with `pressEject`; the tray is shut afterwards. Throws when locked. */
  removeDisc(): Disc | undefined {
    if (!this.trayOpen && this.prevent !== 0) throw new Error('the door is locked: pullByForce')
    this.openTray()
    const disc = this.disc
    this.disc = undefined
    this.trayOpen = false
    return disc
  }

  /** Another disc in so quickly that only a media change is ever seen. Returns the old one. Locks are no hindrance. */
  swap(disc: Disc): Disc | undefined {
    this.openTray()
    const old = this.disc
    this.disc = disc
    this.#load()
    return old
  }

  /** The button. Locked and shut: an eject request that GESN tells. Otherwise the tray moves. */
  pressEject(): 'opened' | 'closed' | 'requested' {
    if (this.trayOpen) {
      this.closeTray()
      return 'closed'
    }
    if (this.prevent !== 0) {
      this.pendingMediaEvent = mediaEvent.ejectRequest
      return 'requested'
    }
    this.openTray()
    return 'opened'
  }

  /** The pinhole: the tray comes out, locked or not, and the write cache is lost. Returns the disc, tray left open. */
  pullByForce(): Disc | undefined {
    this.#medium?.cache.drop()
    this.openTray()
    const disc = this.disc
    this.disc = undefined
    return disc
  }

  /** The tray comes out. The drive writes its cache first; what cannot be written is lost. */
  openTray(): void {
    if (this.trayOpen) return
    this.settle()
    while (this.#medium && this.#medium.cache.size > 0) {
      try {
        this.#medium.flush()
      } catch (e) {
        if (!(e instanceof CheckCondition)) throw e
      }
    }
    const had = this.#medium !== undefined
    this.#medium = undefined
    this.operation = undefined
    this.trayOpen = true
    if (had) this.#changed(mediaEvent.removal)
  }

  /** The tray goes in, and what is on it is loaded. */
  closeTray(): void {
    if (!this.trayOpen) return
    this.trayOpen = false
    if (this.disc) this.#load()
  }

  /** The cable: the device vanishes, its power with it. The write cache is lost. */
  unplug(): void {
    if (!this.plugged) return
    this.#medium?.cache.drop()
    this.#powerOff()
  }

  /** Back on the cable: power-on state, the disc is loaded anew. */
  replug(): void {
    if (this.plugged) return
    this.plugged = true
    this.#hanging = 'no'
    this.#resetState()
    if (this.disc && !this.trayOpen) this.#load()
    this.#events.emit('plugged')
  }

  /**
   * Power goes while the medium writes: the oldest packet in the cache is torn (first blocks new, then unreadable ones,
   * the rest old), all other cached packets are lost. The drive is gone until `replug()`.
   * `faults.cutPower()` does the same in the middle of a later command.
   */
  powerLoss(cut: { newBlocks?: number; unreadableBlocks?: number } = {}): void {
    this.#medium?.tear({ newBlocks: 3, unreadableBlocks: 4, ...cut })
    this.unplug()
  }

  /** Stops answering: until the host resets the device, or until `unhang()` whatever the host does. */
  hang(until: 'until-reset' | 'for-ever' = 'until-reset'): void {
    this.#hanging = until
  }

  /** Answers again, the command it was stuck in included. */
  unhang(): void {
    this.#hanging = 'no'
    const waiting = [...this.#waiting].filter((w) => !w.cancel)
    for (const w of waiting) {
      this.#waiting.delete(w)
      this.#start(w)
    }
  }

  /** USB or bus reset: stuck commands are forgotten, mode pages and the door lock go back to power-on. The cache stays. */
  reset(): void {
    if (this.#hanging === 'until-reset') this.#hanging = 'no'
    for (const w of this.#waiting) w.cancel?.()
    this.#waiting.clear()
    this.#resetState()
  }

  on(event: 'unplugged' | 'plugged', listener: () => void): () => void {
    this.#events.on(event, listener)
    return () => this.#events.off(event, listener)
  }

  /** For tests and the engine, in process: what `/dev/sgN` is on a real machine. */
  transport(options: { maxTransferBytes?: number; defaultTimeoutMs?: number } = {}): Transport {
    return inProcess(this, options)
  }

  // ---- host ----

  /** One command to its end. `done` is called once, later or at once; never while the drive hangs. Returns what cancels. */
  perform(cdb: Buffer, out: Buffer, done: (answer: Answer) => void): () => void {
    const w: Waiting = { cdb, out, done }
    this.#start(w)
    return () => {
      w.cancel?.()
      this.#waiting.delete(w)
    }
  }

  #start(w: Waiting): void {
    delete w.cancel
    this.#waiting.add(w)
    if (this.#hanging !== 'no') {
      this.counters.record(w.cdb, 'hang', 0, w.out.length)
      return
    }
    const answer = this.execute(w.cdb, w.out)
    if (answer.hang) {
      // Only a reset gets it out of this one.
      w.cancel = () => undefined
      return
    }
    const finish = () => {
      this.#waiting.delete(w)
      w.done(answer)
    }
    if (answer.delayMs <= 0) finish()
    else w.cancel = this.clock.later(answer.delayMs, finish)
  }

  /** One command, at once. Time it would take is in the answer. For the hanging state see `perform`. */
  execute(cdb: Buffer, out: Buffer): Answer {
    const opcode = cdb[0] ?? 0
    const answer: Answer = { status: 0, data: Buffer.alloc(0), delayMs: 0, hang: false }
    this.settle()
    if (this.#medium) this.#medium.moved = 0
    if (opcode !== 0x03) this.#sense = undefined
    const fault = this.faults.takeCommand(opcode)
    try {
      if (fault === 'hang') {
        answer.hang = true
        this.counters.record(cdb, 'hang', 0, out.length)
        return answer
      }
      if (fault !== undefined && typeof fault !== 'string') {
        throw new CheckCondition(fault.key, fault.asc, fault.ascq, fault)
      }
      answer.data = spoil(this.#run(opcode, cdb, out), fault)
      if (opcode === 0x00) this.#backgroundHint(answer)
    } catch (e) {
      if (e instanceof PowerWent) {
        this.counters.record(cdb, 'power', 0, out.length)
        this.#powerOff()
        answer.hang = true
        return answer
      }
      if (!(e instanceof CheckCondition)) throw e
      answer.status = 2
      answer.sense = e.sense
      this.#sense = e.sense
    }
    const op = this.operation
    if (op && !op.immediate) {
      answer.delayMs += Math.max(0, op.endsAt - this.clock.now())
      this.operation = undefined
      op.finish()
    }
    const moved = this.#medium?.moved ?? 0
    answer.delayMs += moved * this.faults.packetLatencyMs + this.faults.commandLatencyMs
    const result = answer.status === 0 ? 'good' : senseText(answer.sense as SenseData)
    this.counters.record(cdb, result, answer.data.length, out.length)
    return answer
  }

  #run(opcode: number, cdb: Buffer, out: Buffer): Buffer {
    const entry = commands.get(opcode)
    if (!entry) throw check('5/20/00')
    if (!entry.pastAttention) {
      const first = this.#attention.shift()
      if (first) throw new CheckCondition(first.key, first.asc, first.ascq)
    }
    if (this.operation && !this.operation.background && !entry.whileBusy) {
      throw check(this.operation.sense, { progress: this.progress() })
    }
    const expected = entry.dataOut?.(cdb) ?? 0
    if (out.length < expected) throw check('5/4B/00')
    return entry.run(this, cdb, expected < out.length ? out.subarray(0, expected) : out) ?? Buffer.alloc(0)
  }

  /** The loaded medium. Throws 2/3A/xx, 2/30/00, or what a quirk says; `testing` is for TEST UNIT READY itself. */
  medium(testing = false): Medium {
    if (!this.#medium) throw check(this.trayOpen ? '2/3A/02' : '2/3A/01')
    if (this.currentProfile === 0) throw check('2/30/00')
    if (this.operation?.kind === 'load') throw check('2/04/01')
    if (this.quirks.bridgeNotReady) throw check('2/04/00')
    if (testing) this.saidReady = true
    else if (this.saidReady && this.dueBusy > 0) {
      this.dueBusy--
      throw check('2/04/07')
    }
    return this.#medium
  }

  /** What is in the drive, ready or not; undefined with the tray open. */
  get loaded(): Medium | undefined {
    return this.#medium
  }

  /** The profile of the disc, if the drive can do anything with it; otherwise 0. */
  get currentProfile(): number {
    const profile = this.#medium?.disc.profile ?? 0
    return this.profile.profiles.includes(profile) ? profile : 0
  }

  has(...profiles: number[]): boolean {
    return profiles.some((p) => this.profile.profiles.includes(p))
  }

  writes(...profiles: number[]): boolean {
    return profiles.some((p) => this.has(p) && !this.profile.readOnly.includes(p))
  }

  /** Queues a unit attention condition, once each. */
  attention(asc: number, ascq: number): void {
    if (this.#attention.some((a) => a.asc === asc && a.ascq === ascq)) return
    this.#attention.push({ key: 6, asc, ascq })
  }

  /** For REQUEST SENSE: what there is to tell, which is then told. */
  takeSense(): SenseData {
    const sense = this.#sense ?? this.#attention.shift()
    this.#sense = undefined
    if (sense) return sense
    const none: SenseData = { key: 0, asc: 0, ascq: 0 }
    const op = this.operation
    if (!op && !this.backgroundRuns) return none
    const [, asc, ascq] = (op?.sense ?? '2/04/04').split('/').map((s) => Number.parseInt(s, 16))
    return { key: op && !op.background ? 2 : 0, asc: asc ?? 4, ascq: ascq ?? 4, progress: this.progress() }
  }

  get backgroundRuns(): boolean {
    return this.#medium?.disc.kind === 'dvd+rw' && this.#medium.disc.background === 'running'
  }

  /** 0..1 of the operation that runs. */
  progress(): number {
    if (this.quirks.progressStuck) return 0.01
    const op = this.operation
    return op ? op.progress(this.clock.now()) : (this.#medium?.disc.backgroundProgress ?? 0)
  }

  /** Starts something that takes time. Without time to take it is done at once. */
  begin(op: Operation): void {
    if (op.endsAt <= this.clock.now()) op.finish()
    else this.operation = op
  }

  /** Ends what is due by now. */
  settle(): void {
    const op = this.operation
    if (!op || this.clock.now() < op.endsAt) return
    this.operation = undefined
    op.finish()
  }

  /** Reading back what the medium holds after it was blanked or formatted. */
  contentChanged(): void {
    this.dueBusy = this.quirks.busyAfterReady
    this.saidReady = false
    this.pendingFeatureChange = true
  }

  #load(): void {
    const disc = this.disc
    if (!disc) return
    this.trayOpen = false
    this.#medium = new Medium(disc, this.profile.bufferKiB * 1024, this.faults, this.counters)
    if (disc.kind === 'dvd+rw' && disc.background === 'running') disc.background = 'suspended'
    this.dueFlow = this.quirks.flowControl
    this.dueBusy = this.quirks.busyAfterReady
    this.saidReady = false
    this.cueSheet = false
    this.freshlyFormatted = false
    this.attention(0x28, 0x00)
    this.#changed(mediaEvent.newMedia)
    this.begin(
      new Operation('load', '2/04/01', this.clock.now(), this.durations.load, () => undefined, {
        immediate: true,
      }),
    )
  }

  #changed(event: number): void {
    this.pendingMediaEvent = event
    this.pendingFeatureChange = true
  }

  #powerOff(): void {
    this.plugged = false
    this.#medium = undefined
    this.operation = undefined
    for (const w of this.#waiting) w.cancel?.()
    this.#waiting.clear()
    this.#events.emit('unplugged')
  }

  #resetState(): void {
    this.prevent = 0
    this.pages = defaultPages()
    this.cueSheet = false
    this.#sense = undefined
    this.attention(0x29, 0x00)
  }

  #backgroundHint(answer: Answer): void {
    if (!this.backgroundRuns) return
    answer.sense = { key: 0, asc: 0x04, ascq: 0x04, progress: this.progress() }
    this.#sense = answer.sense
  }
}

function spoil(data: Buffer, fault: CommandFault | undefined): Buffer {
  if (fault === 'short') return data.subarray(0, Math.floor(data.length / 2))
  if (fault === 'garbage') return Buffer.alloc(data.length, 0xa5)
  return data
}

/** 18 bytes for REQUEST SENSE, cut to what is asked. */
export const senseBytes = (sense: SenseData, length: number): Buffer => encodeSense(sense).subarray(0, length)
