// The drive: tray, door, power, what is loaded. A command's way is in execute.ts, what it does in commands/.
import { EventEmitter } from 'node:events'
import type { Transport } from '../../src/mmc/transport.ts'
import { Attention, mediaEvent } from './attention.ts'
import { type CacheHabits, defaultHabits } from './cache.ts'
import { mediumSpeeds } from './commands/performance.ts'
import { Counters } from './counters.ts'
import { Desk } from './desk.ts'
import type { Disc } from './disc.ts'
import { type Answer, type Clock, execute, realClock } from './execute.ts'
import { Faults } from './faults.ts'
import { Medium, PowerWent, Stuck } from './medium.ts'
import { defaultPages, type ModePages } from './mode-pages.ts'
import { type Durations, Operation } from './operation.ts'
import { Pace } from './pace.ts'
import { type DriveProfile, loadProfile, type Quirks } from './profile.ts'
import { CheckCondition, check, type SenseData, senseOf } from './sense.ts'
import { inProcess, type TransportOptions } from './transport.ts'

export interface DriveOptions {
  /** A preset's name, a path, or a profile. Default `supermulti`. */
  profile?: string | DriveProfile
  /** Over what the profile says. */
  quirks?: Partial<Quirks>
  clock?: Clock
  /** How the write cache is emptied; default: the oldest packet when it is full, and never by itself. */
  cache?: Partial<CacheHabits>
  /** Commands kept in `counters.log`. */
  logLength?: number
}

/** What `on` tells: the tray moved, the device went or came back. */
type DriveEvent = 'opened' | 'closed' | 'unplugged' | 'plugged'

export class Drive {
  readonly profile: DriveProfile
  quirks: Quirks
  readonly clock: Clock
  readonly counters: Counters
  readonly faults: Faults
  /** May be changed at any time; a seed for the order holds from the next load on. */
  readonly cacheHabits: CacheHabits
  readonly attention = new Attention()
  /** How long the medium still has to work; for drives with a pace. */
  readonly pace = new Pace()
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
  /** kB/s as SET CD SPEED left them, 0 = the fastest. */
  writeSpeed = 0
  readSpeed = 0
  operation: Operation | undefined
  /** How often 2/04/07 and 2/04/08 are still due, for drives that do that. */
  dueBusy = 0
  dueFlow = 0
  /** TEST UNIT READY said GOOD since the load. */
  saidReady = false
  /** READ CAPACITY says too much until something is written. */
  freshlyFormatted = false
  /** SEND CUE SHEET was sent: session at once. */
  cueSheet = false
  #medium: Medium | undefined
  readonly #desk: Desk
  readonly #events = new EventEmitter()

  constructor(options: DriveOptions = {}) {
    const { profile = 'supermulti' } = options
    this.profile = typeof profile === 'string' ? loadProfile(profile) : profile
    this.quirks = { ...this.profile.quirks, ...options.quirks }
    this.clock = options.clock ?? realClock
    this.faults = new Faults(() => this.clock.now())
    this.cacheHabits = { ...defaultHabits, ...options.cache }
    this.counters = new Counters(options.logLength ?? 1000)
    this.#desk = new Desk(
      this.clock,
      (cdb, out) => this.execute(cdb, out),
      (cdb, out) => this.counters.record(this.clock.now(), cdb, 'hang', 0, out.length),
    )
    this.#events.setMaxListeners(0)
    this.attention.raise(0x29, 0x00)
  }

  // ---- what people and accidents do ----

  /** Puts a disc in, opening the tray if need be, and closes it. Throws when there is a disc already. */
  insert(disc: Disc): void {
    if (this.disc) throw new Error('there is a disc in the drive: remove it, or swap')
    this.disc = disc
    this.#load()
  }

  /** Takes the disc out as a person does, button first; the tray is shut afterwards. Throws when the door is locked. */
  removeDisc(): Disc | undefined {
    if (!this.trayOpen && this.prevent !== 0) throw new Error('the door is locked: pullByForce')
    this.openTray()
    const disc = this.disc
    this.disc = undefined
    this.closeTray()
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
      this.attention.mediaEvent = mediaEvent.ejectRequest
      return 'requested'
    }
    this.openTray()
    return 'opened'
  }

  /** The pinhole: the tray comes out, locked or not, and the write cache is lost. Returns the disc; the tray stays open. */
  pullByForce(): Disc | undefined {
    this.settle()
    this.#medium?.cache.drop()
    this.openTray()
    const disc = this.disc
    this.disc = undefined
    return disc
  }

  /** The tray comes out, locked or not. The drive writes its cache first; what cannot be written is lost. */
  openTray(): void {
    if (this.trayOpen) return
    this.settle()
    this.emptyCache()
    const had = this.#medium !== undefined
    this.#medium = undefined
    this.operation = undefined
    this.trayOpen = true
    if (had) this.attention.changed(mediaEvent.removal)
    this.#events.emit('opened')
  }

  /** The drive writes its cache; what cannot be written is lost. */
  emptyCache(): void {
    while (this.#medium && this.#medium.cache.size > 0) {
      try {
        this.#medium.flush()
      } catch (e) {
        if (e instanceof Stuck) break
        if (e instanceof PowerWent) this.powerOff()
        else if (!(e instanceof CheckCondition)) throw e
      }
    }
  }

  /** The tray goes in, and what is on it is loaded. */
  closeTray(): void {
    if (!this.trayOpen) return
    this.trayOpen = false
    if (this.disc) this.#load()
    this.#events.emit('closed')
  }

  /** The cable: the device vanishes, its power with it. The write cache is lost. */
  unplug(): void {
    if (!this.plugged) return
    this.settle()
    this.#medium?.cache.drop()
    this.powerOff()
  }

  /** Back on the cable: power-on state, the disc is loaded anew. */
  replug(): void {
    if (this.plugged) return
    this.plugged = true
    this.#powerOn()
    if (this.disc && !this.trayOpen) this.#load()
    this.#events.emit('plugged')
  }

  /**
   * Power goes while the medium writes: the oldest packet in the cache is torn (first blocks new, then unreadable ones,
   * the rest old), all other cached packets are lost. The drive is gone until `replug()`.
   * `faults.cutPower()` does the same in the middle of a later command.
   */
  powerLoss(cut: { newBlocks?: number; unreadableBlocks?: number } = {}): void {
    this.settle()
    this.#medium?.tear({ newBlocks: 3, unreadableBlocks: 4, ...cut })
    this.unplug()
  }

  /** Stops answering: until the host resets the device, or until `unhang()` whatever the host does. */
  hang(until: 'until-reset' | 'for-ever' = 'until-reset'): void {
    this.#desk.hang(until)
  }

  /** Answers again, what came in meanwhile included. */
  unhang(): void {
    this.#desk.unhang()
  }

  /** Calls back on what happens to the drive; returns what ends that. */
  on(event: DriveEvent, listener: () => void): () => void {
    this.#events.on(event, listener)
    return () => this.#events.off(event, listener)
  }

  // ---- what the host does ----

  /** USB or bus reset: stuck commands are forgotten, mode pages and the door lock go back to power-on. The cache stays. */
  reset(): void {
    this.#desk.reset()
    this.#powerOn()
  }

  /** In process, what `/dev/sgN` is on a real machine. */
  transport(options: TransportOptions = {}): Transport {
    return inProcess(this, options)
  }

  /** One command to its end, in the drive's time. `done` is never called while the drive hangs. Returns what cancels. */
  perform(cdb: Buffer, out: Buffer, done: (answer: Answer) => void): () => void {
    return this.#desk.perform(cdb, out, done)
  }

  /** One command at once, hanging or not; the time it would take is in the answer. */
  execute(cdb: Buffer, out: Buffer): Answer {
    return execute(this, cdb, out)
  }

  // ---- what the commands use ----

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

  /** Whether it does any of these profiles at all. */
  has(...profiles: number[]): boolean {
    return profiles.some((p) => this.profile.profiles.includes(p))
  }

  /** Whether it writes any of these profiles. */
  writes(...profiles: number[]): boolean {
    return profiles.some((p) => this.has(p) && !this.profile.readOnly.includes(p))
  }

  /** For REQUEST SENSE: what there is to tell, which is then told. */
  takeSense(): SenseData {
    const told = this.attention.take()
    if (told) return told
    const op = this.operation
    if (!op && !this.backgroundRuns) return senseOf('0/00/00')
    const sense = { ...senseOf(op?.sense ?? '2/04/04'), progress: this.progress() }
    return op && !op.background ? sense : { ...sense, key: 0 }
  }

  /** It obeys a speed that this disc cannot be written at, perhaps one that was set for the disc before. */
  get tooFast(): boolean {
    return this.quirks.obeysTooFast && this.writeSpeed > (mediumSpeeds(this)[0] ?? 0)
  }

  /** A DVD+RW is being formatted behind the host's back. */
  get backgroundRuns(): boolean {
    return this.#medium?.disc.kind === 'dvd+rw' && this.#medium.disc.background === 'running'
  }

  /** 0..1 of the operation that runs. */
  progress(): number {
    if (this.quirks.progressStuck) return 0.01
    return this.operation?.progress(this.clock.now()) ?? this.#medium?.disc.backgroundProgress ?? 0
  }

  /** Starts something that takes time. Without time to take it is done at once. */
  begin(op: Operation): void {
    if (op.endsAt <= this.clock.now()) op.finish()
    else this.operation = op
  }

  /** Ends what is due by now. */
  settle(): void {
    this.#idle()
    const op = this.operation
    if (!op || this.clock.now() < op.endsAt) return
    this.operation = undefined
    op.finish()
  }

  /** What the write cache did by itself since the last command; what failed is reported by the next one. */
  #idle(): void {
    const medium = this.#medium
    if (!medium) return
    try {
      this.attention.defer(medium.idle(this.clock.now()))
    } catch (e) {
      if (!(e instanceof PowerWent)) throw e
      this.powerOff()
    }
  }

  /** After BLANK, FORMAT UNIT, CLOSE: other features, and drives that are busy once more. */
  contentChanged(): void {
    this.dueBusy = this.quirks.busyAfterReady
    this.saidReady = false
    this.attention.featureChange = true
  }

  /** No power: nothing is loaded, nobody is answered. */
  powerOff(): void {
    this.plugged = false
    this.#medium = undefined
    this.operation = undefined
    this.attention.forgetDeferred()
    this.#desk.reset(true)
    this.#events.emit('unplugged')
  }

  /**
   * A bridge whose supply sagged: pages and lock are as after power on, the disc is where it was; the write cache is lost, or `kept`
   * where only the bridge was reset. The next command is answered 6/29/00.
   */
  brownOut(cache: 'lost' | 'kept' = 'lost'): void {
    this.settle()
    if (cache === 'lost') {
      this.#medium?.cache.drop()
      this.attention.forgetDeferred()
    }
    this.#powerOn()
  }

  #powerOn(): void {
    this.prevent = 0
    this.pages = defaultPages()
    this.cueSheet = false
    this.attention.forget()
    this.attention.raise(0x29, 0x00)
  }

  #load(): void {
    const disc = this.disc
    if (!disc) return
    this.trayOpen = false
    const cache = { bytes: this.profile.bufferKiB * 1024, habits: this.cacheHabits }
    this.#medium = new Medium(disc, cache, this.faults, this.counters)
    this.#medium.rests(this.clock.now())
    this.#medium.tooFast = this.quirks.keepsSpeed && this.tooFast
    if (disc.kind === 'dvd+rw' && disc.background === 'running') disc.background = 'suspended'
    this.contentChanged()
    this.dueFlow = this.quirks.flowControl
    this.cueSheet = false
    this.freshlyFormatted = false
    this.attention.raise(0x28, 0x00)
    this.attention.changed(mediaEvent.newMedia)
    const { load } = this.durations
    this.begin(new Operation('load', '2/04/01', this.clock.now(), load, () => undefined, { immediate: true }))
  }
}
