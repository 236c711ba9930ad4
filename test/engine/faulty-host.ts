// A machine whose drive fails on purpose: sessions one after the other on one disc and one journal directory, every request
// timed by a virtual clock, every block's content remembered by the version that was written to it.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { type Session, startSession } from '../../src/engine/session.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { Disc, type DiscOptions, Drive } from '../drive/index.ts'
import { RawClient, socketDir } from '../nbd/memory.ts'
import { control, writesOf } from './harness.ts'
import { VirtualClock } from './virtual-clock.ts'

const blockBytes = 2048
/** ms: of the session's own loops, told from other sleeps by being odd. */
const watchMs = 1234
const writeBackMs = 3900
/** ms that a request may take at the most: "minutes" of docs/engine.md. */
const requestMs = 10 * 60_000

const eio = 5

/** Makes `data` a block as it was written the `version`-th time; 0 is what the disc came with. */
function mark(data: Buffer, block: number, version: number): void {
  data.fill(version)
  data.writeUInt32LE(block, 4)
  data.writeUInt32LE(version, 8)
  if (version === 0) descriptors[block]?.(data)
}

/** Blocks from `block` on, as they were written the `version`-th time. */
function marked(block: number, blocks: number, version: number): Buffer {
  const data = Buffer.allocUnsafe(blocks * blockBytes)
  for (let i = 0; i < blocks; i++)
    mark(data.subarray(i * blockBytes, (i + 1) * blockBytes), block + i, version)
  return data
}

/** Of a comparison: a thousand of these hosts compare every block several times. */
const expected = Buffer.alloc(blockBytes)

/** What a journal looks at: anchor at 256, logical volume at 33, integrity descriptor at 64. */
const descriptors: Record<number, (b: Buffer) => void> = {
  256: (b) => {
    b.writeUInt16LE(2, 0)
    b.writeUInt32LE(16 * blockBytes, 16)
    b.writeUInt32LE(32, 20)
  },
  32: (b) => void b.writeUInt16LE(1, 0),
  33: (b) => {
    b.writeUInt16LE(6, 0)
    b.writeUInt32LE(blockBytes, 432)
    b.writeUInt32LE(64, 436)
  },
  64: (b) => void b.writeUInt16LE(9, 0),
}

/** A directory in memory where there is such a thing: a thousand journals are synchronised to it. */
function memoryDir(): { dir: string; remove: () => void } {
  if (!existsSync('/dev/shm')) return socketDir()
  const dir = mkdtempSync('/dev/shm/pktw-journal-')
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

export class FaultyHost {
  readonly clock = new VirtualClock([watchMs, writeBackMs / 4, writeBackMs])
  readonly disc: Disc
  readonly drive: Drive
  readonly log: string[] = []
  /** Flushes that ended as EIO. */
  failedFlushes = 0
  session: Session | undefined
  /** Blocks whose content the drive itself may have spoilt: it gave garbage for it, with status GOOD. */
  readonly spoilt = new Set<number>()
  readonly #dir = socketDir()
  readonly #journalDir = memoryDir()
  #client: RawClient | undefined
  #diskseq = 7
  #version = 0
  /** What each block was at its last acknowledged write, and what else it may be when a write to it failed. */
  readonly #acknowledged = new Map<number, number>()
  readonly #possible = new Map<number, Set<number>>()

  constructor(disc: DiscOptions, profile = 'supermulti') {
    this.disc = new Disc(disc)
    this.drive = new Drive({ profile, clock: this.clock, logLength: 100_000 })
    this.disc.put(0, marked(0, this.disc.blocks, 0))
    this.drive.insert(this.disc)
  }

  remove(): void {
    this.#dir.remove()
    this.#journalDir.remove()
  }

  get journals(): string[] {
    return readdirSync(this.#journalDir.dir)
  }

  /** Starts a session, or rejects with why not. */
  async start(): Promise<void> {
    const at = (level: string) => (text: string) => void this.log.push(`${level}: ${text}`)
    const started = startSession({
      drive: 'sr0',
      transport: this.drive.transport(),
      runtimeDir: this.#dir.dir,
      diskseq: () => (this.drive.plugged ? String(this.#diskseq) : undefined),
      log: { error: at('error'), warning: at('warning'), info: at('info') },
      clock: this.clock,
      watchMs,
      journalDir: this.#journalDir.dir,
      boot: 'this one',
      write: { ...defaults.write, after: writeBackMs / 1000 },
    })
    await this.clock.until(started, requestMs)
    this.session = await started
    this.#client = new RawClient(this.session.nbdSocket)
    await this.#client.go()
  }

  /** Ends the session; gives its exit code. */
  async stop(): Promise<number> {
    const { session } = this
    if (session === undefined) throw new Error('no session')
    const ended = session.stop('the test says so')
    await this.clock.until(ended, 2 * requestMs)
    await this.#client?.close()
    this.session = undefined
    return (await ended).exitCode
  }

  /** Waits for a session to end by itself. */
  async ends(): Promise<number> {
    const { session } = this
    if (session === undefined) throw new Error('no session')
    await this.clock.until(session.ended, 2 * requestMs, true)
    await this.#client?.close()
    this.session = undefined
    return (await session.ended).exitCode
  }

  /** The drive loses its power and its cache, and comes back with the same disc. */
  powerCycle(): void {
    this.drive.unplug()
    this.drive.replug()
    this.#diskseq++
  }

  async write(block: number, blocks: number, fua = false): Promise<number> {
    const version = ++this.#version
    const error = await this.#request(1, block, blocks, fua ? 1 : 0, marked(block, blocks, version))
    for (let b = block; b < block + blocks; b++) {
      if (error === 0) {
        this.#possible.delete(b)
        this.#acknowledged.set(b, version)
      } else this.#maybe(b).add(version)
    }
    return error
  }

  async flush(): Promise<number> {
    const error = await this.#request(3, 0, 0)
    if (error !== 0) this.failedFlushes++
    return error
  }

  /** As the hooks ask before an unmount: everything to the medium. */
  async flushToMedium(): Promise<boolean> {
    // Nobody is there any more when the drive has gone.
    const asked = control(this.#dir, { do: 'flush' }).catch((): { ok?: unknown } => ({ ok: false }))
    await this.clock.until(asked, requestMs)
    const { ok } = await asked
    if (ok !== true) this.failedFlushes++
    return ok === true
  }

  /** Reads, and checks what comes against what was written. */
  async read(block: number, blocks: number): Promise<number> {
    const error = await this.#request(0, block, blocks)
    if (error === 0) this.#compare(block, await this.#take(blocks * blockBytes), 'read')
    return error
  }

  trim(block: number, blocks: number): Promise<number> {
    for (let b = block; b < block + blocks; b++) this.spoilt.add(b)
    return this.#request(4, block, blocks)
  }

  /** Blocks from here on may be anything that they ever were: the medium refused their packet, and it was told. */
  forgive(): void {
    for (const [block, version] of this.#acknowledged) {
      const possible = this.#maybe(block)
      for (let v = 0; v <= version; v++) possible.add(v)
    }
  }

  /** Throws when a block of the disc is not what was written to it, or a command wrote anything but one aligned packet. */
  check(): void {
    this.#compare(0, this.disc.read(0, this.disc.blocks), 'disc')
    this.checkWrites()
  }

  checkWrites(): void {
    const { packetBlocks } = this.disc
    const odd = writesOf(this.drive).filter(
      (w) => w.lba % packetBlocks !== 0 || w.blocks % packetBlocks !== 0,
    )
    if (odd.length > 0) throw new Error(`not whole aligned packets: ${JSON.stringify(odd)}`)
  }

  #maybe(block: number): Set<number> {
    const known = this.#possible.get(block)
    if (known !== undefined) return known
    const made = new Set([this.#acknowledged.get(block) ?? 0])
    this.#possible.set(block, made)
    return made
  }

  #compare(from: number, data: Buffer, where: string): void {
    const wrong: string[] = []
    for (let i = 0; i * blockBytes < data.length; i++) {
      const block = from + i
      if (this.spoilt.has(block)) continue
      const got = data.subarray(i * blockBytes, (i + 1) * blockBytes)
      const wanted = this.#possible.get(block) ?? new Set([this.#acknowledged.get(block) ?? 0])
      const fits = [...wanted].some((version) => {
        mark(expected, block, version)
        return expected.equals(got)
      })
      if (!fits) wrong.push(`${block} is version ${got.readUInt32LE(8).toString(16)} and not ${[...wanted]}`)
    }
    if (wrong.length > 0) throw new Error(`${where}: ${wrong.length} blocks: ${wrong.slice(0, 5).join('; ')}`)
  }

  /** errno of one request, within the limit. A session that has ended answers as a block device does then: EIO. */
  async #request(type: number, block: number, blocks: number, flags = 0, data?: Buffer): Promise<number> {
    const client = this.#client
    if (client === undefined) throw new Error('no session')
    client.request(type, block * blockBytes, blocks * blockBytes, flags)
    if (data !== undefined) client.send(data)
    const reply = client.reply().then(
      ({ error }) => error,
      () => eio,
    )
    await this.clock.until(reply, requestMs)
    const error = await reply
    if (error !== 0 && error !== eio) throw new Error(`errno ${error}`)
    return error
  }

  async #take(length: number): Promise<Buffer> {
    const data = await (this.#client as RawClient).take(length)
    if (data.length !== length) throw new Error('the server hung up')
    return data
  }
}
