// What may happen in a life, as values that fast-check makes and shrinks, and how it is carried out.
import fc from 'fast-check'
import { always, type Birth, Broken, type LifeDisc, type Machine } from './machine.ts'

/** Fields are taken modulo what there is. */
export type Operation =
  | { do: 'write'; at: number; blocks: number; fua: boolean }
  | { do: 'burst'; at: number; count: number; flush: boolean }
  | { do: 'read'; at: number; blocks: number }
  | { do: 'flush' | 'toMedium' | 'start' | 'stop' | 'kill' | 'cut' | 'pull' | 'remount-ro' | 'heal' | 'calm' }
  | { do: 'idle'; seconds: number }
  | { do: 'kill in' | 'cut in'; calls: number; when: 'before' | 'after' }
  | { do: 'torn'; packets: number }
  | { do: 'insert' | 'swap'; disc: number }
  | { do: 'reset'; cache: 'lost' | 'kept' }
  | { do: 'elsewhere'; disc: number; blocks: number[]; anew: boolean }
  | {
      do: 'disk fails'
      error: 'EIO' | 'EROFS' | 'ENOSPC' | 'EMFILE' | 'ENOMEM'
      after: number
      times: number
    }
  | {
      do: 'bad packet'
      at: number
      count: number
      seconds: number
      information: 'block' | 'none'
      deferred: boolean
    }
  | { do: 'unreadable'; at: number; count: number; seconds: number }
  | { do: 'told'; opcode: number; fault: 'reset' | 'brown-out' | 'deferred'; at: number }
  | { do: 'command'; opcode: number; sense: string; count: number }

/** WRITE (10), SYNCHRONIZE CACHE, READ (10), PREVENT ALLOW, MODE SELECT (10), MODE SENSE (10), SET CD SPEED, TEST UNIT READY; any. */
const opcodes = [0x2a, 0x35, 0x28, 0x1e, 0x55, 0x5a, 0xbb, 0x00, -1]

const at = fc.oneof(
  { weight: 4, arbitrary: fc.nat(1535) },
  { weight: 2, arbitrary: fc.nat(127) },
  { weight: 1, arbitrary: fc.constantFrom(16, 32, 33, 64, 64, 256) },
)

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      at,
      blocks: fc.integer({ min: 1, max: 48 }),
      fua: fc.nat(9).map((n) => n === 0),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('burst' as const),
      at,
      count: fc.integer({ min: 2, max: 24 }),
      flush: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('read' as const), at, blocks: fc.integer({ min: 1, max: 64 }) }),
  },
  { weight: 9, arbitrary: fc.constant({ do: 'flush' as const }) },
  {
    weight: 12,
    arbitrary: fc.constantFrom<Operation>(
      { do: 'toMedium' },
      { do: 'toMedium' },
      { do: 'stop' },
      { do: 'start' },
      { do: 'kill' },
      { do: 'cut' },
      { do: 'pull' },
      { do: 'remount-ro' },
      { do: 'heal' },
      { do: 'calm' },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('idle' as const), seconds: fc.constantFrom(1, 5, 40, 200, 1200) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('kill in' as const, 'cut in' as const),
      calls: fc.integer({ min: 1, max: 80 }),
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('torn' as const), packets: fc.integer({ min: 1, max: 12 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('insert' as const, 'swap' as const), disc: fc.nat(1) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reset' as const),
      cache: fc.constantFrom('lost' as const, 'kept' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('elsewhere' as const),
      disc: fc.nat(1),
      blocks: fc.array(at, { maxLength: 4 }),
      anew: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('disk fails' as const),
      error: fc.constantFrom(
        'EIO' as const,
        'EROFS' as const,
        'ENOSPC' as const,
        'EMFILE' as const,
        'ENOMEM' as const,
      ),
      after: fc.nat(20),
      times: fc.constantFrom(1, 1, 2, 10, 1000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('bad packet' as const),
      at,
      count: fc.constantFrom(1, 2, 3, 6, always),
      seconds: fc.constantFrom(10, 3600, always),
      information: fc.constantFrom('block' as const, 'none' as const),
      deferred: fc.nat(5).map((n) => n === 0),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('unreadable' as const),
      at,
      count: fc.constantFrom(1, 3, 6, always),
      seconds: fc.constantFrom(10, 3600),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('told' as const),
      opcode: fc.constantFrom(...opcodes),
      fault: fc.constantFrom('reset' as const, 'brown-out' as const, 'deferred' as const),
      at,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('command' as const),
      opcode: fc.constantFrom(...opcodes),
      sense: fc.constantFrom('hang', 'lost', '4/3E/00', '5/64/00', '2/04/08', '2/04/01', 'B/08/00'),
      count: fc.constantFrom(1, 2, 5),
    }),
  },
)

const kinds = [
  { profile: 'cdrw-only', disc: { kind: 'cd-rw', dataMode: 1 } },
  { profile: 'supermulti', disc: { kind: 'cd-rw', dataMode: 2 } },
  { profile: 'dvdrw', disc: { kind: 'dvd-rw' } },
  { profile: 'dvdrw', disc: { kind: 'dvd+rw' } },
  { profile: 'supermulti', disc: { kind: 'dvd-ram' } },
  { profile: 'bd', disc: { kind: 'bd-re' } },
] as const

const birth: fc.Arbitrary<Birth> = fc
  .record({
    seed: fc.nat(),
    kind: fc.constantFrom(...kinds),
    blocks: fc.constantFrom(512, 512, 512, 640, 1536),
    volume: fc.nat(4).map((n) => n > 0),
    flush: fc.constantFrom('journal' as const, 'journal' as const, 'medium' as const),
    retries: fc.constantFrom(0, 1, 2),
    memory: fc.constantFrom(1, 2, 20),
    cache: fc.record({
      order: fc.oneof(fc.constant('oldest' as const), fc.nat(1000)),
      batch: fc.constantFrom(1, 4, 16),
      idleMs: fc.constantFrom(0, 500, 5000),
      afterFailure: fc.constantFrom('kept' as const, 'dropped' as const, 'written' as const),
    }),
    pollMs: fc.constantFrom(2000, 2000, 2000, 0),
  })
  .map(({ kind, blocks, ...rest }) => ({ profile: kind.profile, disc: { ...kind.disc, blocks }, ...rest }))

/** One life: what it has from birth, and what happens in it. */
export const anyLife = fc.record({ birth, happens: fc.array(operation, { minLength: 3, maxLength: 40 }) })
export type Life = { birth: Birth; happens: Operation[] }

/** ms in which an engine notices that its disc has gone. */
const noticedMs = 60_000

const discOf = (machine: Machine, n: number): LifeDisc => machine.discs[n % machine.discs.length] as LifeDisc

/** An address that there is, and as many of `count` blocks as there are behind it. */
function range(machine: Machine, at: number, count = 1): [lba: number, blocks: number] {
  const { blocks } = discOf(machine, 0).disc
  const lba = at % blocks
  return [lba, Math.min(count, blocks - lba)]
}

/** An engine for what is in the drive, or for the first disc when nothing is. False: it did not start. */
async function attended(machine: Machine): Promise<boolean> {
  if (machine.running && machine.served?.disc === machine.drive.disc) return true
  await ended(machine)
  if (machine.drive.disc === undefined) machine.put(discOf(machine, 0))
  return machine.start()
}

/** Waits for the engine of a disc that has gone. */
async function ended(machine: Machine): Promise<void> {
  if (!machine.running) return
  if (machine.served?.disc === machine.drive.disc) return
  await machine.idle(noticedMs)
  if (machine.running) machine.look()
  await machine.idle(noticedMs)
  if (machine.running) throw new Broken('the disc has gone, and its engine goes on')
}

async function stopped(machine: Machine): Promise<void> {
  await ended(machine)
  if (machine.running) await machine.stop()
}

export async function carryOut(machine: Machine, op: Operation): Promise<void> {
  switch (op.do) {
    case 'write': {
      if (await attended(machine)) await machine.write(...range(machine, op.at, op.blocks), op.fua)
      return
    }
    case 'burst': {
      if (!(await attended(machine))) return
      const requests: Promise<unknown>[] = []
      for (let i = 0; i < op.count; i++) {
        requests.push(machine.write(...range(machine, op.at + i * 37, 9 + (i % 24))))
        if (op.flush && i === op.count >> 1) requests.push(machine.flush())
      }
      await Promise.all(requests)
      return
    }
    case 'read': {
      if (await attended(machine)) await machine.read(...range(machine, op.at, op.blocks))
      return
    }
    case 'flush':
    case 'toMedium': {
      if (await attended(machine)) await machine.flush(op.do === 'toMedium')
      return
    }
    case 'start': {
      await attended(machine)
      return
    }
    case 'stop':
      return stopped(machine)
    case 'idle':
      return machine.idle(op.seconds * 1000)
    case 'kill':
      return machine.kill()
    case 'cut':
      return machine.powerCut()
    case 'kill in':
    case 'cut in':
      machine.process?.atCall(op.calls, op.when, () =>
        op.do === 'cut in' ? machine.powerCut() : machine.kill(),
      )
      return
    case 'torn':
      machine.drive.faults.cutPower({ packets: op.packets, newBlocks: 2, unreadableBlocks: 3 })
      return
    case 'pull':
      return machine.pull()
    case 'insert': {
      await stopped(machine)
      machine.put(discOf(machine, op.disc))
      return
    }
    case 'swap':
      return machine.put(discOf(machine, op.disc))
    case 'reset':
      return machine.reset(op.cache)
    case 'elsewhere': {
      await stopped(machine)
      const blocks = op.blocks.map((b) => range(machine, b)[0])
      machine.writtenElsewhere(discOf(machine, op.disc), blocks, op.anew)
      return
    }
    case 'remount-ro':
      machine.disk.readOnly()
      return
    case 'disk fails':
      machine.disk.fail({ error: op.error, after: op.after, times: op.times })
      return
    case 'heal':
      return machine.disk.heal()
    case 'calm':
      return machine.calm()
    case 'bad packet':
    case 'unreadable':
      return machine.spoil(op.do === 'unreadable' ? 'read' : 'write', range(machine, op.at)[0], op)
    case 'told':
      return machine.tell(op.opcode, op.fault, range(machine, op.at)[0])
    case 'command':
      return machine.failCommand(op.opcode, op.sense, op.count)
  }
}
