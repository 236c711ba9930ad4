// A machine with one drive, its state directory, and the discs that go in and out: what happens to them, and what was promised of each.

import type { JournalDisk } from '../../src/engine/journal-disk.ts'
import type { Command, Transport } from '../../src/mmc/transport.ts'
import { defaults } from '../../src/settings/defaults.ts'
import type { CacheHabits } from '../drive/cache.ts'
import { Disc, type DiscOptions, Drive, Kernel } from '../drive/index.ts'
import { seeded } from '../drive/seeded.ts'
import { type ModelDisk as Disk, ModelDisk } from '../engine/model-disk.ts'
import { VirtualClock } from '../engine/virtual-clock.ts'
import { EngineProcess } from './engine-process.ts'
import { Ledger } from './ledger.ts'
import { blockBytes, integrityAt, stamped, startBlocks, versionOf, volumeBlocks } from './volume.ts'

/** What a life has from birth. */
export interface Birth {
  seed: number
  profile: string
  disc: DiscOptions & { blocks: number }
  /** There is a file system on the discs. */
  volume: boolean
  flush: 'journal' | 'medium'
  retries: number
  memory: number
  cache: Partial<CacheHabits>
  /** events_dfl_poll_msecs; 0: the kernel does not poll. */
  pollMs: number
}

/** How often and how long a block fails; `always` of both: for good. */
export interface Trouble {
  count: number
  seconds: number
  information?: 'block' | 'none'
  deferred?: boolean
}
export const always = 1e9

export interface LifeDisc {
  name: string
  number: number
  disc: Disc
  ledger: Ledger
  /** Packets that were ever made to fail, or that a power cut tore: the only ones that may be reported as lost or fail to be read. */
  readonly troubled: Set<number>
  /** Its engine was killed, and its packet device is still attached. */
  orphaned: boolean
  /** An engine has left something that is not on the medium, and the disc has not left the drive since: the next one may go on with it. */
  unsettled: boolean
}

const journalDir = '/var/lib/pktw/discs/journal'
/** ms that a request may take at the most ("minutes" of docs/engine.md), and a session to start or to end. */
const requestMs = 15 * 60_000
const sessionMs = 60 * 60_000

/** ms that a life may take on a machine that is busy with others. */
const realLimitMs = 120_000
/** Why a session is stopped; it ends with another reason when its disc has gone. */
const stopWord = 'told to'
/** ms for a session to end after the request that found out that the disc has gone. */
const endMs = 10_000
/** Times that a packet may be written while nobody asks anything, however long that lasts. */
const mostWritesWhileIdle = 12

/** A packet of blocks that nobody wrote. */
const blank = Buffer.alloc(32 * blockBytes)

/** A promise was broken. */
export class Broken extends Error {}

/** What lies to the engine, so that it breaks its promises: for tests of the judge. */
export interface Sabotage {
  transport?: (drive: Transport) => Transport
  disk?: (disk: JournalDisk) => JournalDisk
}

export class Machine {
  readonly clock = new VirtualClock([], realLimitMs)
  readonly disk: Disk = new ModelDisk(['/var/lib/pktw/discs'])
  readonly birth: Birth
  readonly drive: Drive
  readonly random: () => number
  readonly discs: LifeDisc[]
  readonly story: string[] = []
  process: EngineProcess | undefined
  /** The disc that the process serves. */
  served: LifeDisc | undefined
  /** Why requests may fail just now: `drive`, any of them; `medium`, flushes. */
  readonly excuses = new Set<'drive' | 'medium'>()
  /** Something failed, or the disc was away, when nobody asked: the next flush is told. */
  #unreported = false
  /** A promise that was broken where nobody could be told. */
  #broken: Broken | undefined
  /** WRITEs of each packet since somebody asked. */
  readonly writes = new Map<number, number>()
  readonly #bad = new Map<number, { what: 'read' | 'write'; how: Trouble }>()
  #kernel: Kernel
  #boot = 1
  #stopping = false
  #version = 0
  /** The state directory has failed since the process began: what was not flushed may be gone when it dies. */
  #journalSick = false
  /** A flush was answered since: the medium has everything, and the journal is gone. */
  #rescued = false
  /** Losses that the process has listed, and those that no flush was told yet. */
  #listed = 0
  #untold = 0

  readonly #sabotage: Sabotage

  constructor(birth: Birth, sabotage: Sabotage = {}) {
    this.birth = birth
    this.#sabotage = sabotage
    this.random = seeded(birth.seed)
    this.drive = new Drive({ profile: birth.profile, clock: this.clock, cache: birth.cache, logLength: 50 })
    this.discs = ['A', 'B'].map((name, number) => this.#made(name, number))
    this.drive.insert((this.discs[0] as LifeDisc).disc)
    this.#kernel = new Kernel(this.drive, birth.pollMs)
    this.drive.on('unplugged', () => this.#powerGone())
  }

  #made(name: string, number: number): LifeDisc {
    const disc = new Disc(this.birth.disc)
    const ledger = new Ledger(disc.blocks)
    if (this.birth.volume) {
      const version = this.nextVersion()
      for (const block of volumeBlocks) {
        disc.put(block, stamped(number, block, 1, version))
        ledger.settle(block, version)
      }
    }
    return { name, number, disc, ledger, troubled: new Set(), orphaned: false, unsettled: false }
  }

  nextVersion(): number {
    return ++this.#version
  }

  /** The disc in the drive. */
  get inside(): LifeDisc | undefined {
    return this.discs.find(({ disc }) => disc === this.drive.disc)
  }

  get running(): boolean {
    return this.process !== undefined && !this.process.over
  }

  get packetBlocks(): number {
    return (this.discs[0] as LifeDisc).disc.packetBlocks
  }

  // ---- the engine ----

  /** Starts an engine for the disc in the drive. False: it refused. */
  async start(): Promise<boolean> {
    const { inside } = this
    if (this.running || inside === undefined) return false
    const { birth } = this
    // What starts an engine is the event that comes with DISKSEQ.
    this.#kernel.look()
    // Once in a while it was detached in between: five crashes in a minute.
    const attached = inside.orphaned && this.random() < 0.7
    // Nothing finds a journal again whose disc cannot be told from others; a flush does not rely on it.
    if (!attached && !birth.volume) inside.ledger.unsure()
    const log = (text: string) => void this.story.push(`    ${text}`)
    const process = new EngineProcess({
      drive: 'sr0',
      transport: this.#sabotage.transport?.(this.drive.transport()) ?? this.drive.transport(),
      runtimeDir: '/nowhere',
      diskseq: () => this.#kernel.diskseq(),
      log: { error: log, warning: log, info: () => undefined },
      clock: this.clock,
      write: {
        ...defaults.write,
        flush: { ...defaults.write.flush, [birth.disc.kind]: birth.flush },
        retries: birth.retries,
        memory: birth.memory,
      },
      journalDisk: this.#sabotage.disk?.(this.disk) ?? this.disk,
      journalDir,
      boot: `boot ${this.#boot}`,
      attached,
      onCommand: (command) => this.#watch(command),
      onDiskFailure: () => {
        this.#journalSick = true
      },
    })
    this.process = process
    this.served = inside
    this.#journalSick = false
    this.#rescued = false
    this.#unreported = false
    const started = process.start()
    const outcome = await this.#within(started, sessionMs, 'start')
    if (outcome === 'killed') return false
    if (outcome instanceof Error) {
      this.story.push(`    start refused: ${outcome.message}`)
      // It has let go of the disc: the kernel may have had it since.
      inside.orphaned = false
      process.kill()
      return false
    }
    void process.ended.then(() => {
      // By itself: it has found out that its disc had gone.
      if (!this.#stopping) this.#away()
    })
    this.#listed = 0
    this.#look()
    // What recovery gave up was told by being listed; what an engine before it has lost is reported once more.
    this.#untold = 0
    this.#unreported = this.#listed > 0
    await this.#compare(inside)
    return true
  }

  /**
   * Reads what may have several versions. Of a disc that was away that is what it is from now on, on the medium too: nothing else
   * may come back later.
   */
  async #compare(served: LifeDisc): Promise<void> {
    const packets = new Set<number>()
    for (const block of served.ledger.open()) packets.add(Math.floor(block / this.packetBlocks))
    for (const packet of packets) {
      const lba = packet * this.packetBlocks
      const data = await this.read(lba, this.packetBlocks)
      if (data === undefined || served.unsettled) continue
      for (let i = 0; i < this.packetBlocks; i++)
        served.ledger.settle(lba + i, versionOf(data, i * blockBytes, served.number, lba + i))
    }
    served.orphaned = false
    served.unsettled = false
  }

  /** An orderly end. Gives the exit code; undefined when it was killed meanwhile. */
  async stop(): Promise<number | undefined> {
    const { process, served } = this
    if (process?.session === undefined || process.over || served === undefined) return undefined
    const snapshot = served.ledger.snapshot()
    const excused = this.excuses.size > 0 || this.#unreported
    this.#stopping = true
    const outcome = await this.#within(process.session.stop(stopWord), sessionMs, 'stop')
    this.#stopping = false
    if (outcome === 'killed') return undefined
    if (outcome instanceof Error) throw new Broken(`stop rejected: ${outcome.message}`)
    this.#look()
    process.over = true
    if (this.#discWent(served) || (outcome.exitCode === 0 && outcome.why !== stopWord)) {
      served.ledger.unsure()
      return outcome.exitCode
    }
    if (outcome.exitCode === 0) {
      if (this.#untold > 0) throw new Broken('stopped with 0, and a loss was not reported to any flush')
      served.ledger.flushed(snapshot, 'medium')
      this.checkMedium(served)
    } else {
      if (!excused && !this.#journalSick && this.#untold === 0)
        throw new Broken(`stopped with 1 without a reason: ${outcome.why}`)
      this.story.push(`    stopped with 1: ${outcome.why}`)
      served.unsettled = true
      if (this.#journalSick) served.ledger.unsure()
    }
    return outcome.exitCode
  }

  #discWent(served: LifeDisc): boolean {
    return this.drive.disc !== served.disc || !this.drive.plugged
  }

  kill(): void {
    const { process, served } = this
    if (process === undefined || process.over) return
    process.kill()
    if (served === undefined) return
    served.orphaned = true
    served.unsettled = true
    if (!this.#journalSick) return
    served.ledger.mediumOnly(!this.#rescued)
    // What it had no journal for is not to be lost later: the next engine takes what it reads for what the disc has.
    this.drive.emptyCache()
  }

  // ---- requests ----

  async write(lba: number, count: number, fua = false): Promise<boolean> {
    const { served, process } = this
    if (process === undefined || process.over || served === undefined) return false
    const version = this.nextVersion()
    served.ledger.issue(lba, count, version)
    const data = stamped(served.number, lba, count, version)
    const where = this.#where()
    const sent = process.request((disc) => disc.write(lba * blockBytes, data, fua))
    const outcome = await this.#request('write', sent, () => fua && this.#mayFlushFail())
    // An answer in the moment of death has reached nobody.
    if (outcome !== 'good' || process.dead) return false
    served.ledger.acknowledge(lba, count, version)
    if (fua) served.ledger.flushed(served.ledger.snapshot(), where, lba, count)
    return true
  }

  /** Gives what came; undefined when it could not be read. */
  async read(lba: number, count: number): Promise<Buffer | undefined> {
    const { served, process } = this
    if (process === undefined || process.over || served === undefined) return undefined
    let data = Buffer.alloc(0)
    const outcome = await this.#request(
      'read',
      process.request(async (disc) => {
        data = Buffer.concat(await disc.read(lba * blockBytes, count * blockBytes))
      }),
      () => this.#mayBeUnreadable(served, lba, count),
    )
    if (outcome !== 'good') return undefined
    for (let i = 0; i < count; i++) this.#judge(served, lba + i, data, i * blockBytes, 'read')
    return data
  }

  /** What the kernel asks for, or (`medium`) what the hooks ask for before an unmount; `mayFail`: for whatever reason. */
  async flush(medium = false, mayFail = false): Promise<boolean> {
    const { served, process } = this
    if (process === undefined || process.over || served === undefined) return false
    const snapshot = served.ledger.snapshot()
    const untold = this.#untold
    const where = medium ? 'medium' : this.#where()
    const wasSick = this.#journalSick
    const done = medium
      ? process.ask({ do: 'flush' }).then((answer) => {
          if (!('ok' in answer) || answer.ok !== true) throw new Error(JSON.stringify(answer))
        })
      : process.request((disc) => disc.flush())
    const outcome = await this.#request('flush', done, () => mayFail || this.#mayFlushFail())
    this.#look()
    if (process.dead) return false
    if (outcome === 'good') {
      if (untold > 0) throw new Broken('a flush was answered, and a loss before it was not reported to any')
      served.ledger.flushed(snapshot, where)
      if (wasSick) this.#rescued = true
    } else if (outcome === 'failed') {
      this.#untold = 0
      this.#unreported = false
      if (this.#journalSick) served.ledger.unsureOfUnflushed()
    }
    return outcome === 'good'
  }

  /** Where a flush has everything that is answered now. */
  #where(): 'journal' | 'medium' {
    return this.birth.flush === 'medium' || this.#journalSick ? 'medium' : 'journal'
  }

  #mayFlushFail(): boolean {
    return this.#untold > 0 || this.#unreported || this.excuses.has('medium') || this.#journalSick
  }

  async #request(
    what: string,
    job: Promise<unknown>,
    mayFail: () => boolean = () => false,
  ): Promise<'good' | 'failed' | 'killed'> {
    const { process, served } = this
    const outcome = await this.#within(job, requestMs, what)
    this.#look()
    if (outcome === 'killed') return 'killed'
    if (!(outcome instanceof Error)) return 'good'
    if (!this.excuses.has('drive') && !mayFail()) await this.clock.sleep(endMs)
    const ended = process?.over === true || (served !== undefined && this.#discWent(served))
    if (!ended && !this.excuses.has('drive') && !mayFail())
      throw new Broken(`${what} failed without a reason: ${outcome.message}`)
    this.story.push(`    ${what}: ${outcome.message}`)
    return 'failed'
  }

  /** Its outcome, in time. `killed`: the process died before. Rejects with Broken when it takes longer than `limitMs`. */
  async #within<T>(job: Promise<T>, limitMs: number, what: string): Promise<T | Error | 'killed'> {
    const settled = job.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))
    let stopTimer = () => {}
    const late = new Promise<never>((_, reject) => {
      stopTimer = this.clock.later(limitMs, () =>
        reject(new Broken(`${what} has not ended after ${limitMs / 1000} s`)),
      )
    })
    const { process } = this
    try {
      const outcome = await Promise.race([settled, late, ...(process === undefined ? [] : [process.killed])])
      return process?.dead === true ? 'killed' : outcome
    } finally {
      stopTimer()
    }
  }

  /** Nobody asks anything for so long. */
  async idle(ms: number): Promise<void> {
    this.writes.clear()
    await this.clock.sleep(ms)
    this.#look()
    for (const [packet, count] of this.writes) {
      if (count > mostWritesWhileIdle)
        throw new Broken(`packet ${packet} was written ${count} times in ${ms / 1000} idle seconds`)
    }
  }

  // ---- what is promised ----

  #mayBeUnreadable({ troubled, ledger, disc }: LifeDisc, lba: number, count: number): boolean {
    for (let block = lba; block < lba + count; block++) {
      if (ledger.isLost(block) || disc.unreadable.has(block)) return true
      if (troubled.has(Math.floor(block / this.packetBlocks))) return true
    }
    return false
  }

  #judge(of: LifeDisc, block: number, data: Buffer, offset: number, where: string): void {
    let problem: string | undefined
    try {
      problem = of.ledger.problem(block, versionOf(data, offset, of.number, block))
    } catch (error) {
      problem = (error as Error).message
    }
    if (problem !== undefined) throw new Broken(`${where}: disc ${of.name}: ${problem}`)
  }

  /** Every block of the medium, which everything is on, against what it may be. */
  checkMedium(of: LifeDisc): void {
    for (const [block, data, offset] of this.#content(of)) {
      if (of.disc.unreadable.has(block) && this.#mayBeUnreadable(of, block, 1)) continue
      this.#judge(of, block, data, offset, 'medium')
    }
  }

  /** Every block of the medium: its address, and where its bytes are. */
  *#content({ disc }: LifeDisc): Iterable<[block: number, data: Buffer, offset: number]> {
    const recorded = new Set(disc.recordedPackets())
    for (let packet = 0; packet * this.packetBlocks < disc.blocks; packet++) {
      const first = packet * this.packetBlocks
      const data = recorded.has(packet) ? disc.read(first, this.packetBlocks) : blank
      for (let i = 0; i < this.packetBlocks; i++) yield [first + i, data, i * blockBytes]
    }
  }

  /** Looks at what the engine lists as lost. */
  #look(): void {
    if (this.#broken !== undefined) throw this.#broken
    const { process, served } = this
    if (process?.session === undefined || served === undefined) return
    const losses = process.session.status().losses ?? []
    for (const { lba, blocks } of losses.slice(this.#listed)) {
      this.#untold++
      const packet = Math.floor(lba / this.packetBlocks)
      // Without a journal nobody has what a reset may have cost.
      if (!served.troubled.has(packet) && !this.#journalSick)
        throw new Broken(`packet ${packet} was given up, and nothing was wrong with it`)
      served.ledger.lose(lba, blocks)
    }
    this.#listed = losses.length
  }

  #watch(command: Command): void {
    if (command.cdb[0] !== 0x2a) return
    const cdb = Buffer.from(command.cdb)
    const [lba, blocks] = [cdb.readUInt32BE(2), cdb.readUInt16BE(7)]
    if (lba % this.packetBlocks !== 0 || blocks % this.packetBlocks !== 0)
      this.#broken ??= new Broken(`WRITE of ${blocks} blocks at ${lba}: not whole packets`)
    for (let packet = lba / this.packetBlocks; packet * this.packetBlocks < lba + blocks; packet++)
      this.writes.set(packet, (this.writes.get(packet) ?? 0) + 1)
  }

  // ---- what happens to it ----

  /** The machine loses its power, and has it again: drive and state directory with it. */
  powerCut(): void {
    this.drive.powerLoss({
      newBlocks: Math.floor(this.random() * 8),
      unreadableBlocks: Math.floor(this.random() * 8),
    })
  }

  /** Called when the drive has lost its power, perhaps in the middle of a packet. */
  #powerGone(): void {
    const { inside } = this
    this.process?.powerOff()
    if (inside !== undefined) {
      for (const block of inside.disc.unreadable) {
        const packet = Math.floor(block / this.packetBlocks)
        inside.troubled.add(packet)
        // Without a journal nothing mends the packet that was being written.
        if (this.#journalSick) inside.ledger.lose(packet * this.packetBlocks, this.packetBlocks)
      }
    }
    // Between the loss of the journal and the moment when the medium has everything.
    if (this.#journalSick) this.served?.ledger.mediumOnly(!this.#rescued)
    for (const disc of this.discs) {
      disc.ledger.unsure()
      disc.orphaned = false
      disc.unsettled = false
    }
    this.disk.cutPower(this.random)
    this.#boot++
    queueMicrotask(() => {
      this.drive.replug()
      this.#kernel = new Kernel(this.drive, this.birth.pollMs)
    })
  }

  /** The disc is out, whatever was going on; what the drive had in its cache is lost. */
  pull(): void {
    this.drive.pullByForce()
    this.drive.closeTray()
    this.#away()
  }

  /** Puts a disc in; another one that is in comes out at the same moment. */
  put(of: LifeDisc): void {
    if (this.drive.disc === of.disc) return
    if (this.drive.disc === undefined) this.drive.insert(of.disc)
    else {
      this.drive.swap(of.disc)
      this.#away()
    }
  }

  /** The disc that was served has left the drive. */
  #away(): void {
    this.#unreported = true
    if (this.served === undefined) return
    if (this.#journalSick) this.served.ledger.mediumOnly(!this.#rescued)
    else this.served.ledger.unsure()
    this.served.orphaned = false
    this.served.unsettled = false
  }

  /** Another program or machine writes the disc, while no engine holds it. */
  writtenElsewhere(of: LifeDisc, blocks: readonly number[], anew: boolean): void {
    if (this.drive.disc === of.disc) this.drive.emptyCache()
    const version = this.nextVersion()
    const first = this.birth.volume || anew ? integrityAt : Math.floor(this.random() * startBlocks)
    for (const block of new Set([first, ...(anew ? volumeBlocks : []), ...blocks])) {
      of.disc.put(block, stamped(of.number, block, 1, version))
      this.drive.faults.heal(block)
    }
    // What it finds is what counts; what was on its way from us is out of date.
    of.orphaned = false
    of.unsettled = false
    for (const [block, data, offset] of this.#content(of))
      of.ledger.settle(block, versionOf(data, offset, of.number, block))
  }

  /** The drive resets itself. */
  reset(cache: 'lost' | 'kept'): void {
    this.drive.brownOut(cache)
  }

  /** Somebody opens the drive, which has the kernel look what is in it. */
  look(): void {
    this.#kernel.look()
  }

  /** A block cannot be read, or its packet not be written. */
  spoil(what: 'read' | 'write', lba: number, how: Trouble): void {
    for (const { troubled } of this.discs) troubled.add(Math.floor(lba / this.packetBlocks))
    if (how.count >= always && how.seconds >= always) this.#bad.set(lba, { what, how })
    else if (what === 'write') this.excuses.add('medium')
    this.drive.faults.failSector(lba, what, {
      count: how.count,
      forMs: how.seconds * 1000,
      ...(how.information === 'none' ? { information: 'none' } : {}),
      ...(how.deferred === true ? { deferred: true } : {}),
    })
  }

  /** The next command of a kind, or of any, is answered by a reset, or by an error of an earlier WRITE. */
  tell(opcode: number, fault: 'reset' | 'brown-out' | 'deferred', lba: number): void {
    this.excuses.add('medium')
    for (const { troubled } of this.discs) troubled.add(Math.floor(lba / this.packetBlocks))
    const how = fault === 'deferred' ? { sense: '3/0C/00', deferred: true, information: lba } : fault
    this.drive.faults.failCommand(opcode < 0 ? 'any' : opcode, how)
  }

  failCommand(opcode: number, how: string, count: number): void {
    this.excuses.add('drive').add('medium')
    this.drive.faults.failCommand(opcode < 0 ? 'any' : opcode, how, count)
  }

  /** Nothing fails any more but the packets that are bad for good. */
  calm(): void {
    this.drive.faults.clear()
    this.disk.heal()
    this.process?.atCall(Number.POSITIVE_INFINITY, 'before', () => undefined)
    this.#unreported ||= this.excuses.size > 0
    this.excuses.clear()
    for (const [lba, { what, how }] of this.#bad) this.spoil(what, lba, how)
  }
}
