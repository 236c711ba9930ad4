// The emulated drive with every medium in every state: what is asked of it, and what is decided from its answers.
import { describe, expect, test } from 'vitest'
import { type DiscDecision, decide } from '../../src/media/decide.ts'
import { examine } from '../../src/mmc/examine.ts'
import { opcode } from '../../src/mmc/opcodes.ts'
import type { Transport } from '../../src/mmc/transport.ts'
import { Disc, type DiscOptions } from '../drive/disc.ts'
import { Drive, type DriveOptions } from '../drive/drive.ts'
import { ManualClock, ScriptedTransport } from './script.ts'

interface Case {
  disc: DiscOptions
  drive?: DriveOptions
  expected: Partial<DiscDecision>
}

const cdRw = { state: 'ready', medium: 'cd-rw', packetBlocks: 32, blocks: 295_264, writable: true } as const
const dvdRw = { state: 'ready', medium: 'dvd-rw', packetBlocks: 16, blocks: 2_297_888 } as const
const plusRw = { state: 'ready', medium: 'dvd+rw', packetBlocks: 16, blocks: 2_295_104 } as const
const ram = { state: 'ready', medium: 'dvd-ram', packetBlocks: 16, blocks: 2_236_704 } as const
const bdRe = { state: 'ready', medium: 'bd-re', packetBlocks: 32, blocks: 11_826_176 } as const

const cases: Case[] = [
  { disc: { kind: 'cd-rw' }, expected: { ...cdRw, reason: 'media.ready' } },
  { disc: { kind: 'cd-rw' }, drive: { profile: 'cdrw-only' }, expected: cdRw },
  { disc: { kind: 'cd-rw', dataMode: 1 }, expected: cdRw },
  {
    disc: { kind: 'cd-rw' },
    drive: { quirks: { notErasable: true } },
    expected: { ...cdRw, reason: 'media.ready-not-erasable' },
  },
  { disc: { kind: 'cd-rw' }, drive: { quirks: { twoCurrentProfiles: true } }, expected: cdRw },
  { disc: { kind: 'cd-rw' }, drive: { quirks: { lastRecorded: 'always' } }, expected: cdRw },
  { disc: { kind: 'cd-rw', blocks: 3200 }, expected: { ...cdRw, blocks: 3200 } },
  { disc: { kind: 'cd-rw', state: 'blank' }, expected: { state: 'blank', reason: 'media.blank-cd-rw' } },
  {
    disc: { kind: 'cd-rw', state: 'session' },
    expected: { state: 'sequential', reason: 'media.session-burnt' },
  },
  {
    disc: { kind: 'cd-rw', state: 'appendable' },
    expected: { state: 'sequential', reason: 'media.session-burnt' },
  },
  { disc: { kind: 'dvd-rw' }, expected: dvdRw },
  { disc: { kind: 'dvd-rw' }, drive: { profile: 'pioneer-dvr' }, expected: dvdRw },
  { disc: { kind: 'dvd-rw', state: 'blank' }, expected: { state: 'blank', reason: 'media.blank-dvd-rw' } },
  { disc: { kind: 'dvd-rw', state: 'fast-blanked' }, expected: { writable: false } },
  {
    disc: { kind: 'dvd-rw', state: 'intermediate' },
    expected: { state: 'unformatted', reason: 'media.format-unfinished' },
  },
  {
    disc: { kind: 'dvd-rw', state: 'session' },
    expected: { state: 'sequential', reason: 'media.sequential-dvd-rw' },
  },
  { disc: { kind: 'dvd-rw', state: 'appendable' }, expected: { state: 'sequential' } },
  { disc: { kind: 'dvd-rw', state: 'damaged' }, expected: { state: 'damaged' } },
  { disc: { kind: 'dvd+rw' }, expected: plusRw },
  { disc: { kind: 'dvd+rw' }, drive: { profile: 'benq-dq60' }, expected: plusRw },
  { disc: { kind: 'dvd+rw' }, drive: { quirks: { plusRwTrack: 'plain' } }, expected: plusRw },
  { disc: { kind: 'dvd+rw', background: 'suspended' }, expected: plusRw },
  {
    disc: { kind: 'dvd+rw', state: 'blank' },
    expected: { state: 'unformatted', reason: 'media.unformatted-dvd-plus-rw' },
  },
  {
    disc: { kind: 'cd-rw', mountRainier: true },
    drive: { quirks: { mountRainier: true } },
    expected: { state: 'ready', medium: 'cd-rw', mrw: true, reason: 'media.ready-mrw', blocks: 295_264 },
  },
  {
    disc: { kind: 'cd-rw', mountRainier: true },
    expected: { state: 'mrw', reason: 'media.mrw-read-only', writable: false },
  },
  {
    disc: { kind: 'dvd+rw', mountRainier: true },
    drive: { quirks: { mountRainier: true } },
    expected: { state: 'ready', medium: 'dvd+rw', mrw: true, blocks: 2_295_104 },
  },
  { disc: { kind: 'dvd-ram' }, expected: ram },
  { disc: { kind: 'dvd-ram', writeProtected: true }, expected: { state: 'protected' } },
  {
    disc: { kind: 'bd-re', writeProtected: true },
    drive: { profile: 'bd' },
    expected: { state: 'protected', reason: 'media.write-protected' },
  },
  {
    disc: { kind: 'dvd-rw', writeProtected: true },
    expected: { state: 'protected', reason: 'media.write-protected' },
  },
  {
    disc: { kind: 'dvd+rw', writeProtected: true },
    expected: { state: 'protected', reason: 'media.write-protected' },
  },
  { disc: { kind: 'dvd-ram', state: 'blank' }, expected: { state: 'unformatted' } },
  { disc: { kind: 'bd-re' }, drive: { profile: 'bd' }, expected: bdRe },
  { disc: { kind: 'bd-re', state: 'blank' }, drive: { profile: 'bd' }, expected: { state: 'unformatted' } },
  { disc: { kind: 'cd-rom' }, expected: { state: 'unsupported', reason: 'media.read-only' } },
  { disc: { kind: 'audio-cd' }, expected: { state: 'unsupported', reason: 'media.read-only' } },
  { disc: { kind: 'cd-r' }, expected: { state: 'unsupported', reason: 'media.write-once' } },
  { disc: { kind: 'dvd-r' }, expected: { state: 'unsupported', reason: 'media.write-once' } },
  { disc: { kind: 'dvd-rom' }, expected: { state: 'unsupported', reason: 'media.read-only' } },
]

const driveWith = (disc: DiscOptions | undefined, options: DriveOptions = {}): Drive => {
  const drive = new Drive(options)
  if (disc !== undefined) drive.insert(new Disc(disc))
  return drive
}

/** What went to the drive, by opcode. */
const recording = (transport: Transport): { transport: Transport; sent: number[] } => {
  const sent: number[] = []
  return {
    sent,
    transport: {
      ...transport,
      execute: (command) => {
        sent.push(command.cdb[0] ?? 0)
        return transport.execute(command)
      },
    },
  }
}

describe.each(cases)('$disc $drive', ({ disc, drive, expected }) => {
  test('is decided', async () => {
    const facts = await examine(driveWith(disc, drive).transport(), { deadlineMs: 1500 })
    expect(decide(facts)).toMatchObject(expected)
  })

  test('is asked nothing that writes, locks, or reads the medium of a blank disc', async () => {
    const { transport, sent } = recording(driveWith(disc, drive).transport())
    const facts = await examine(transport, { deadlineMs: 1500 })
    const allowed: number[] = [
      opcode.testUnitReady,
      opcode.getConfiguration,
      opcode.readDiscInformation,
      opcode.readTrackInformation,
      opcode.readFormatCapacities,
      opcode.readDiscStructure,
    ]
    if (facts.formatted?.type === 'formatted' || facts.disc?.mrw) allowed.push(opcode.readCapacity)
    expect(sent.filter((code) => !allowed.includes(code))).toEqual([])
    expect(sent.length).toBeLessThan(16)
  })
})

test.each([
  ['dvd-ram', 'supermulti'],
  ['bd-re', 'bd'],
] as const)('a drive that knows no READ DISC INFORMATION takes %s all the same', async (kind, profile) => {
  for (const state of ['formatted', 'blank'] as const) {
    const drive = driveWith({ kind, state }, { profile })
    drive.faults.failCommand(opcode.readDiscInformation, '5/20/00', Number.POSITIVE_INFINITY)
    const facts = await examine(drive.transport(), { deadlineMs: 1500 })
    expect(decide(facts).state).toBe(state === 'formatted' ? 'ready' : 'unformatted')
  }
  const silent = driveWith({ kind }, { profile })
  for (const code of [opcode.readDiscInformation, opcode.readFormatCapacities])
    silent.faults.failCommand(code, '5/20/00', Number.POSITIVE_INFINITY)
  const facts = await examine(silent.transport(), { deadlineMs: 1500 })
  expect(decide(facts)).toMatchObject({ state: 'error', reason: 'media.no-disc-information' })
})

test('no disc, tray shut or open', async () => {
  const drive = driveWith(undefined)
  expect(await examine(drive.transport(), { deadlineMs: 1500 })).toEqual({ profile: 0 })
  drive.openTray()
  expect(await examine(drive.transport(), { deadlineMs: 1500 })).toEqual({ profile: 0 })
})

test('a pressed disc is asked for its profile, and left in peace', async () => {
  const { transport, sent } = recording(driveWith({ kind: 'cd-rom' }).transport())
  expect(await examine(transport, { deadlineMs: 1500 })).toEqual({ profile: 0x08 })
  expect(sent.filter((code) => code !== opcode.testUnitReady)).toEqual([opcode.getConfiguration])
})

test('while a format runs nothing but TEST UNIT READY is sent', async () => {
  const transport = new ScriptedTransport(['6/28/00', '2/04/04'])
  expect(await examine(transport, { deadlineMs: 1500, clock: new ManualClock() })).toEqual({
    profile: 0,
    busy: '2/04/04 format in progress',
  })
  expect(new Set(transport.opcodes)).toEqual(new Set([opcode.testUnitReady]))
})

test('a drive that goes on spinning up is busy, within the deadline', async () => {
  const clock = new ManualClock()
  const facts = await examine(new ScriptedTransport(Array(500).fill('2/04/01')), { deadlineMs: 1500, clock })
  expect(facts.busy).toBe('2/04/01 becoming ready')
  expect(clock.time).toBeLessThan(1500)
  expect(decide(facts).state).toBe('busy')
})

test('a drive that says ready and then is not (2/04/07) is waited for', async () => {
  const drive = driveWith({ kind: 'dvd+rw' }, { quirks: { busyAfterReady: 3 } })
  expect(decide(await examine(drive.transport(), { deadlineMs: 1500 }))).toMatchObject(plusRw)
})

test('a bridge that never says ready is an error, not a hang', async () => {
  const drive = driveWith({ kind: 'cd-rw' }, { quirks: { bridgeNotReady: true } })
  const started = performance.now()
  const decided = await examine(drive.transport(), { deadlineMs: 300 }).then(
    (facts) => decide(facts).writable,
    (error: Error) => error.name,
  )
  expect([false, 'TransportError', 'DriveError']).toContain(decided)
  expect(performance.now() - started).toBeLessThan(9000)
})

test('a drive that does not answer: timeout by the deadline', async () => {
  const drive = driveWith({ kind: 'cd-rw' })
  drive.hang()
  const started = performance.now()
  await expect(examine(drive.transport(), { deadlineMs: 200 })).rejects.toMatchObject({ reason: 'timeout' })
  expect(performance.now() - started).toBeLessThan(9000)
})

test('a drive that is unplugged: gone', async () => {
  const drive = driveWith({ kind: 'cd-rw' })
  drive.unplug()
  await expect(examine(drive.transport(), { deadlineMs: 200 })).rejects.toMatchObject({ reason: 'gone' })
})

test('READ TRACK INFORMATION that touches a bad spot: the disc is told unknown, not writable', async () => {
  const drive = driveWith({ kind: 'cd-rw' })
  drive.faults.failCommand(opcode.readTrackInformation, '3/11/05')
  const facts = await examine(drive.transport(), { deadlineMs: 1500 })
  expect(decide(facts)).toMatchObject({ state: 'error', reason: 'media.no-track-information' })
})

describe.each(['short', 'garbage', '5/20/00', '5/24/00', '3/02/00'])('a drive that answers %s', (fault) => {
  test.each([
    ['GET CONFIGURATION', opcode.getConfiguration],
    ['READ DISC INFORMATION', opcode.readDiscInformation],
    ['READ TRACK INFORMATION', opcode.readTrackInformation],
    ['READ FORMAT CAPACITIES', opcode.readFormatCapacities],
    ['READ CAPACITY', opcode.readCapacity],
    ['READ DISC STRUCTURE', opcode.readDiscStructure],
  ])('to %s always: refused, or ready with the right size', async (_, code) => {
    for (const kind of ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram'] as const) {
      const drive = driveWith({ kind })
      const healthy = decide(await examine(drive.transport(), { deadlineMs: 1500 }))
      drive.faults.failCommand(code, fault, 100)
      const decision = await examine(drive.transport(), { deadlineMs: 1500 }).then(decide, (error: Error) => {
        expect(error.name).toBe('DriveError')
        return undefined
      })
      if (decision?.state === 'ready') expect(decision).toMatchObject({ ...healthy, reason: decision.reason })
      else expect(decision?.writable ?? false).toBe(false)
    }
  })
})
