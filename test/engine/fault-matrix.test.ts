// Every command that a session sends × every way in which a drive can fail it, once, for a while, or for good: the session does
// not start and says why, or serves; every request ends; nothing that was acknowledged is lost while there is a journal.
// An unhandled rejection anywhere fails the run: vitest sees to that.
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { StartError } from '../../src/engine/identify.ts'
import { DriveError } from '../../src/mmc/drive-command.ts'
import { commandName, opcode as opcodes } from '../../src/mmc/opcodes.ts'
import { TransportError } from '../../src/mmc/transport.ts'
import { BlockError } from '../../src/packet/error.ts'
import { fuzz } from '../nbd/seed.ts'
import { FaultyHost } from './faulty-host.ts'

const faults = ['2/04/08', '3/0C/00', '5/24/00', 'B/47/00', 'hang', 'short', 'garbage', 'unplug'] as const
/** More for the random schedules, and those that are no failure of the medium or of the data. */
const others = ['2/3A/01', '4/09/02', '6/28/00', '6/29/00', 'lost', 'reset', 'brown-out'] as const
type Fault = (typeof faults)[number] | (typeof others)[number]
type Phase = 'start' | 'serve' | 'stop'
type Duration = 'once' | 'a while' | 'for good'

interface Case {
  phase: Phase
  opcode: number
  fault: Fault
  duration: Duration
}

const discs = [
  { name: 'dvd+rw', disc: { kind: 'dvd+rw', blocks: 480, background: 'suspended' } },
  { name: 'cd-rw', disc: { kind: 'cd-rw', blocks: 640 } },
  { name: 'dvd-ram', disc: { kind: 'dvd-ram', blocks: 480 } },
] as const

/** A fault that is there when the session starts, or ends, need not go away in between. */
const durations: Record<Phase, readonly Duration[]> = {
  start: ['once', 'for good'],
  serve: ['once', 'a while', 'for good'],
  stop: ['once', 'for good'],
}

const arm = (host: FaultyHost, { opcode, fault, duration }: Case): void =>
  host.drive.faults.failCommand(opcode, fault, duration === 'once' ? 1 : Number.POSITIVE_INFINITY)

/** A session with something in all three places: on the medium, in the drive's cache, and only in ours. */
async function warmUp(host: FaultyHost): Promise<void> {
  await host.start()
  await host.write(70, 40)
  expect(await host.flushToMedium()).toBe(true)
  await host.write(96, 33)
  expect(await host.flush()).toBe(0)
  await host.write(400, 5)
}

/** All kinds of requests, whatever comes of them. */
async function work(host: FaultyHost): Promise<void> {
  // Far enough from what is read at the start, and ahead of it.
  await host.read(host.disc.blocks - 32, 32)
  await host.write(128, 64)
  for (let block = 131; block < 440; block += 16) await host.write(block, 2)
  await host.write(75, 1, true)
  await host.read(140, 3)
  await host.flush()
  await host.flushToMedium()
  await host.write(258, 3)
  await host.trim(448, 32)
}

/** The drive is well again, and so is all the rest. */
async function afterwards(host: FaultyHost, may: { refuse: boolean }): Promise<void> {
  if (may.refuse) {
    // What the medium refused is told to one flush, and given up; every other failure is made good.
    await host.flush()
    await host.flushToMedium()
    if (host.failedFlushes > 0) host.forgive()
  }
  for (let block = 0; block < 448; block += 64) expect(await host.read(block, 64), `read ${block}`).toBe(0)
  await host.write(200, 50)
  // An earlier failure is told once.
  await host.flushToMedium()
  expect(await host.flush()).toBe(0)
  expect(await host.flushToMedium()).toBe(true)
  expect(await host.stop()).toBe(0)
  host.check()
  // One that the drive kept from being recognised waits for its disc.
  if (!may.refuse && host.spoilt.size < host.disc.blocks) expect(host.journals).toEqual([])
}

async function play(on: (typeof discs)[number], of: Case): Promise<void> {
  const host = new FaultyHost(on.disc)
  try {
    await playOn(host, of)
  } finally {
    host.drive.faults.clear()
    if (host.session !== undefined) await host.stop().catch(() => undefined)
    host.remove()
  }
}

/** Garbage with status GOOD cannot be told from data: blocks of packets that were completed with it are anything. */
function expectGarbage(
  host: FaultyHost,
  { opcode, fault }: Pick<Case, 'fault'> & { opcode: number | 'any' },
): void {
  if ((opcode !== opcodes.read10 && opcode !== 'any') || fault !== 'garbage') return
  for (let block = 0; block < host.disc.blocks; block++) host.spoilt.add(block)
}

async function playOn(host: FaultyHost, of: Case): Promise<void> {
  const may = { refuse: of.fault === '3/0C/00' }
  expectGarbage(host, of)
  await warmUp(host)
  if (of.phase === 'start') {
    // The machine loses its power: the next session finds the journal of this one.
    host.powerCycle()
    await host.ends()
    arm(host, of)
    const refused = await host.start().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (refused !== undefined) {
      expect(
        [StartError, DriveError, TransportError, BlockError].some((kind) => refused instanceof kind),
        String(refused),
      ).toBe(true)
      expect(String((refused as Error).message)).toMatch(/\w+ \w+/)
      host.drive.faults.clear()
      host.powerCycle()
      await host.start()
    }
    if (may.refuse) host.forgive()
    if (refused !== undefined || of.duration === 'once') {
      if (host.drive.plugged) return await afterwards(host, may)
    }
  } else arm(host, of)
  if (of.phase !== 'stop') await work(host)
  else await host.write(136, 9)
  if (of.phase !== 'stop' && of.duration !== 'for good' && host.drive.plugged) {
    host.drive.faults.clear()
    return await afterwards(host, may)
  }
  // To its end with the fault, and once more with the same disc after the power was off.
  const exitCode = host.drive.plugged ? await host.stop() : await host.ends()
  host.drive.faults.clear()
  host.powerCycle()
  if (may.refuse && (host.failedFlushes > 0 || exitCode === 1)) host.forgive()
  if (exitCode === 0 && host.journals.length === 0) host.check()
  await host.start()
  await afterwards(host, may)
}

/** Every fault of every command for every duration; otherwise every fault of every command, its durations in turn. */
const thorough = process.env.PKTW_EVERY_FAULT === '1'

/** Commands are failed on the first medium that they are sent for. */
const played = new Set<string>()

describe.each(discs)('$name', (on) => {
  /** Operation codes of a session in which nothing fails, by when they are sent. */
  const sent: Record<Phase, number[]> = { start: [], serve: [], stop: [] }

  const mine: Record<Phase, number[]> = { start: [], serve: [], stop: [] }

  beforeAll(async () => {
    const host = new FaultyHost(on.disc)
    const since = (phase: Phase) => {
      sent[phase] = [...host.drive.counters.commands.keys()]
      host.drive.counters.reset()
    }
    await warmUp(host)
    host.powerCycle()
    await host.ends()
    host.drive.counters.reset()
    await host.start()
    since('start')
    await work(host)
    expect(await host.flushToMedium()).toBe(true)
    since('serve')
    await host.write(136, 9)
    expect(await host.stop()).toBe(0)
    since('stop')
    host.check()
    host.remove()
    for (const phase of ['start', 'serve', 'stop'] as const) {
      mine[phase] = sent[phase].filter((opcode) => !played.has(`${phase} ${opcode}`))
      for (const opcode of mine[phase]) played.add(`${phase} ${opcode}`)
    }
  })

  test('what a session sends', () => {
    expect(sent.start).toEqual(expect.arrayContaining([0x00, 0x46, 0x51, 0x1e, 0x28, 0x2a, 0x35]))
    expect(sent.serve).toEqual(expect.arrayContaining([0x00, 0x28, 0x2a, 0x35]))
    expect(sent.stop).toEqual(expect.arrayContaining([0x00, 0x2a, 0x35]))
  })

  test.each(
    faults.flatMap((fault) =>
      (['start', 'serve', 'stop'] as const).flatMap((phase) =>
        durations[phase].map((duration) => ({ fault, phase, duration })),
      ),
    ),
  )('$fault, $phase, $duration', async ({ fault, phase, duration }) => {
    const wrong: string[] = []
    const turn = faults.indexOf(fault) + durations[phase].indexOf(duration)
    for (const opcode of mine[phase].filter((_, i) => thorough || (i + turn) % 2 === 0)) {
      await play(on, { phase, opcode, fault, duration }).catch((error: unknown) => {
        wrong.push(`${commandName(Buffer.from([opcode]))}: ${error instanceof Error ? error.message : error}`)
      })
    }
    expect(wrong).toEqual([])
  })
})

/** What a session sends while it serves, and what it sends then because something else failed. */
const anyFault = fc.record({
  opcode: fc.constantFrom<number | 'any'>('any', 0x00, 0x1e, 0x28, 0x2a, 0x2a, 0x35, 0x35, 0x55, 0x5a),
  fault: fc.constantFrom(...faults, ...others),
  count: fc.integer({ min: 1, max: 6 }),
})

test('any faults, one after the other and together, before and between the requests', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...discs),
      fc.array(fc.array(anyFault, { maxLength: 3 }), { minLength: 3, maxLength: 3 }),
      async ({ disc }, rounds) => {
        const host = new FaultyHost(disc)
        try {
          await warmUp(host)
          let refuse = false
          // Of a drive that gives garbage for its blocks nobody can tell that its disc is the same.
          const garbage = rounds.flat().some(({ fault }) => fault === 'garbage')
          for (const round of rounds) {
            for (const { opcode, fault: wanted, count } of round) {
              const fault = garbage && wanted === '6/28/00' ? '6/29/00' : wanted
              host.drive.faults.failCommand(opcode, fault, count)
              expectGarbage(host, { opcode, fault })
              refuse ||= fault === '3/0C/00'
            }
            if (host.drive.plugged) await work(host)
          }
          host.drive.faults.clear()
          if (!host.drive.plugged) {
            await host.ends()
            host.powerCycle()
            await host.start()
          }
          if (refuse) host.forgive()
          await afterwards(host, { refuse })
        } finally {
          host.drive.faults.clear()
          if (host.session !== undefined) await host.stop().catch(() => undefined)
          host.remove()
        }
      },
    ),
    fuzz(12),
  )
})
