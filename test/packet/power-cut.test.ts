// The power goes at any moment, of machine and drive at once: whatever was flushed is on the disc after the recovery, every
// block is as it was at the last flush or as it was written since, and none is unreadable.
import { expect, test } from 'vitest'
import { systemClock } from '../../src/mmc/clock.ts'
import { setWriteParameters } from '../../src/mmc/commands.ts'
import type { Transport } from '../../src/mmc/transport.ts'
import { AttentiveTransport } from '../../src/packet/attention.ts'
import { blockBytes } from '../../src/packet/drive.ts'
import { PacketEngine } from '../../src/packet/engine.ts'
import { Journal } from '../../src/packet/journal.ts'
import { MmcDrive } from '../../src/packet/mmc-drive.ts'
import { readJournal } from '../../src/packet/recovery.ts'
import { foreignPackets } from '../../src/packet/replay.ts'
import { Disc, Drive } from '../drive/index.ts'
import { seeded } from '../drive/seeded.ts'
import { MemoryStore, PowerCut } from './memory-store.ts'

/** `PKTW_POWER_CUTS=100000 PKTW_SEED=7` for more of them, or the same again. */
const cuts = Number(process.env.PKTW_POWER_CUTS ?? 10_000)
const firstSeed = Number(process.env.PKTW_SEED ?? Math.floor(Math.random() * 1e9))

const packets = 6
const kinds = [
  { kind: 'cd-rw', profile: 'cdrw-only', packetBlocks: 32 },
  { kind: 'dvd-rw', profile: 'dvdrw', packetBlocks: 16 },
  { kind: 'dvd+rw', profile: 'dvdrw', packetBlocks: 16 },
  { kind: 'dvd-ram', profile: 'supermulti', packetBlocks: 16 },
  { kind: 'bd-re', profile: 'bd', packetBlocks: 32 },
] as const

/** The drive as long as there is power: after `steps` things have happened, there is none, and nothing ends any more. */
class Power {
  left: number
  readonly off: Promise<void>
  #cut: () => void = () => undefined

  constructor(steps: number) {
    this.left = steps
    this.off = new Promise((resolve) => {
      this.#cut = resolve
    })
  }

  cut(): void {
    this.left = 0
    this.#cut()
  }

  step(): void {
    if (--this.left > 0) return
    this.cut()
    throw new PowerCut('no power')
  }

  over(transport: Transport, drive: Drive): Transport {
    const { maxTransferBytes } = transport
    return {
      maxTransferBytes,
      execute: async (command) => {
        this.step()
        const reply = await transport.execute(command)
        // The cut that was armed in the middle of a packet.
        if (!drive.plugged) this.cut()
        if (this.left <= 0) return new Promise(() => undefined)
        return reply
      },
      close: () => transport.close(),
    }
  }
}

/** Through the unit attentions, and in the right write mode. */
async function ready(drive: Drive, prepare: (transport: Transport) => Promise<void>): Promise<Transport> {
  const transport = drive.transport()
  for (let i = 0; i < 3; i++) await transport.execute({ cdb: Buffer.alloc(6) })
  await prepare(transport)
  return transport
}

const preparer =
  (kind: string, packetBlocks: number) =>
  async (transport: Transport): Promise<void> => {
    if (kind !== 'cd-rw') return
    const track = { fixedPacketSize: packetBlocks, dataMode: 2, trackMode: 5 }
    await setWriteParameters(transport, track, { mediumChange: 'retry', clock: systemClock })
  }

const mark = (block: number, version: number): Buffer => {
  const data = Buffer.alloc(blockBytes, version & 0xff)
  data.writeUInt32LE(block, 0)
  data.writeUInt32LE(version, blockBytes - 4)
  return data
}

async function once(seed: number): Promise<void> {
  const random = seeded(seed)
  const pick = (n: number) => Math.floor(random() * n)
  const { kind, profile, packetBlocks } = kinds[pick(kinds.length)] as (typeof kinds)[number]
  const blocks = packets * packetBlocks
  const drive = new Drive({ profile })
  const disc = new Disc({ kind, blocks })
  drive.insert(disc)
  const power = new Power(3 + pick(60))
  const prepare = preparer(kind, packetBlocks)
  const inner = await ready(drive, prepare)
  if (random() < 0.5) {
    drive.faults.cutPower({
      packets: 1 + pick(6),
      newBlocks: pick(packetBlocks),
      unreadableBlocks: 1 + pick(5),
    })
  }
  const store = new MemoryStore(() => power.step())
  const flush = random() < 0.5 ? ('journal' as const) : ('medium' as const)
  const open = (transport: Transport, journal: Journal) =>
    new PacketEngine(
      new MmcDrive(new AttentiveTransport(transport), {
        packetBlocks,
        blocks,
        clock: systemClock,
        severalAtOnce: kind !== 'cd-rw' && kind !== 'dvd-rw',
        prepareAgain: () => prepare(transport),
      }),
      {
        now: () => 0,
        flush,
        journal,
        dirtyBytes: (2 + pick(5)) * packetBlocks * blockBytes,
        journalBytes: pick(2) === 0 ? 0 : undefined,
      } as ConstructorParameters<typeof PacketEngine>[1],
    )
  const engine = open(power.over(inner, drive), new Journal(store, { state: () => ({ seed }) }))

  /** The version each block has at least, and the newest one that was sent. */
  const flushed = new Array<number>(blocks).fill(0)
  const sent = new Array<number>(blocks).fill(0)
  let version = 0
  const work = (async () => {
    for (;;) {
      const what = random()
      if (what < 0.7) {
        const at = pick(blocks)
        const count =
          random() < 0.3 ? Math.min(packetBlocks, blocks - at) : 1 + pick(Math.min(6, blocks - at))
        version++
        const data = Buffer.concat(Array.from({ length: count }, (_, i) => mark(at + i, version)))
        for (let b = at; b < at + count; b++) sent[b] = version
        const fua = random() < 0.1
        await engine.write(at * blockBytes, data, fua)
        if (fua && power.left > 0) for (let b = at; b < at + count; b++) flushed[b] = version
      } else if (what < 0.8) {
        await engine.read(pick(blocks) * blockBytes, blockBytes)
      } else {
        const upTo = [...sent]
        await (what < 0.95 ? engine.flush() : engine.flushToMedium())
        // An answer that came as the power went reached nobody.
        if (power.left > 0)
          for (const [b, v] of upTo.entries()) flushed[b] = Math.max(flushed[b] as number, v)
      }
    }
  })()
  await Promise.race([work.catch(() => undefined), power.off])

  if (drive.plugged) drive.powerLoss()
  drive.faults.clear()
  drive.replug()
  if (drive.disc === undefined) drive.insert(disc)
  const left = store.afterPowerCut(random)
  const again = await ready(drive, prepare)
  const contents = readJournal(left)
  const after = open(again, new Journal(new MemoryStore(), { state: () => ({}) }))
  // Nobody else wrote to the disc, so every packet is as the journal says it was, or as it says it became.
  const foreign = await foreignPackets(contents, async (lba, count) =>
    [...Array(count).keys()].some((i) => disc.unreadable.has(lba + i)) ? undefined : disc.read(lba, count),
  )
  if (foreign.size > 0) throw new Error(`packets at ${[...foreign]} count as written by somebody else`)
  after.restore(contents.blocks)
  await after.flushToMedium()
  await after.flush()
  for (let b = 0; b < blocks; b++) {
    const data = disc.read(b, 1)
    const found = data.readUInt32LE(blockBytes - 4)
    if (disc.unreadable.has(b)) throw new Error(`block ${b} is unreadable`)
    const least = flushed[b] as number
    if (found < least || found > (sent[b] as number)) {
      throw new Error(`block ${b}: version ${found}, flushed ${least}, sent ${sent[b]}`)
    }
    if (found > 0 && !data.equals(mark(b, found))) throw new Error(`block ${b} is torn`)
  }
}

test(`${cuts} power cuts, from seed ${firstSeed}`, { timeout: 600_000 }, async () => {
  for (let seed = firstSeed; seed < firstSeed + cuts; seed++) {
    await once(seed).catch((error) => expect.fail(`PKTW_SEED=${seed} PKTW_POWER_CUTS=1: ${error.stack}`))
  }
})

// A packet that was written to again between its log record and its WRITE went out with what the journal could still lose.
test.each([853973150])('seed %d, which went wrong once', (seed) => once(seed))
