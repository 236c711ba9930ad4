// The 42 quirks of recorded drives, one row each: played over a whole session here, played by a test elsewhere, or no matter of
// a session, which then never sends the commands in question. What a drive does is in test/drive; docs/engine.md has the answers.
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { StartError } from '../../src/engine/identify.ts'
import type { DiscOptions, Drive } from '../drive/index.ts'
import { defaultPages } from '../drive/mode-pages.ts'
import type { Quirks } from '../drive/profile.ts'
import { FaultyHost } from './faulty-host.ts'
import { media } from './harness.ts'

interface Session {
  disc?: DiscOptions
  quirks?: Partial<Quirks>
  profile?: string
  /** Before the session starts. */
  before?: (drive: Drive) => void
  /** While something waits in memory and something in the drive's cache. */
  meanwhile?: (drive: Drive) => void
}

interface Elsewhere {
  /** Below test/. */
  file: string
  /** A part of the test's name or row, as it stands there. */
  says: string
}

type Row = { q: number; what: string } & (
  | { sessions: Session[] }
  | { play: () => Promise<void> }
  | { elsewhere: Elsewhere[] }
  /** Why it does not matter while a disc is served; these commands are never sent then. */
  | { why: string; never: number[] }
  | { open: string }
)

const prepare = 'with `pktw prepare`, which formats and blanks; an engine never does'
/** Small discs: every block has content of its own. */
const blocks = 480
const cdRw = { kind: 'cd-rw', blocks: 640 } as const
const plusRw = { kind: 'dvd+rw', blocks } as const
const dvdRw = { kind: 'dvd-rw', blocks } as const
const ram = { kind: 'dvd-ram', blocks } as const

function hostOf(session: Session): FaultyHost {
  const host = new FaultyHost(session.disc ?? plusRw, session.profile ?? 'supermulti')
  host.drive.quirks = { ...host.drive.quirks, ...session.quirks }
  onTestFinished(() => host.remove())
  session.before?.(host.drive)
  return host
}

/** Writes of all shapes, flushed both ways, read back, stopped; the disc must have it all, after a power cut too. */
async function serve(session: Session): Promise<FaultyHost> {
  const host = hostOf(session)
  const { disc, drive } = host
  await host.start()
  expect(host.session?.status()).toMatchObject({ blocks: disc.blocks, packetBlocks: disc.packetBlocks })
  expect(await host.write(70, 60)).toBe(0)
  expect(await host.read(64, 80)).toBe(0)
  expect(await host.flush()).toBe(0)
  session.meanwhile?.(drive)
  for (let block = 133; block < 300; block += 32) expect(await host.write(block, 3)).toBe(0)
  expect(await host.read(320, 32)).toBe(0)
  expect(await host.flushToMedium()).toBe(true)
  expect(await host.write(100, 7, true)).toBe(0)
  expect(await host.write(disc.blocks - 1, 1)).toBe(0)
  for (let block = 0; block < disc.blocks; block += 32) expect(await host.read(block, 32)).toBe(0)
  expect(await host.stop()).toBe(0)
  drive.unplug()
  host.check()
  expect(host.journals).toEqual([])
  expect(disc.formats).toBe(0)
  expect(host.log.filter((line) => line.startsWith('error'))).toEqual([])
  return host
}

async function refused(session: Session, code: string): Promise<void> {
  const host = hostOf(session)
  const error: unknown = await host.start().then(
    () => undefined,
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(StartError)
  expect((error as StartError).diagnostic.code).toBe(code)
  expect(host.disc.writes.size).toBe(0)
}

const capacityLies = (['zero', 'huge'] as const).flatMap((capacityLie) =>
  [cdRw, dvdRw, plusRw, ram].map((disc) => ({ disc, quirks: { capacityLie } })),
)

const rows: Row[] = [
  {
    q: 1,
    what: 'formatted CD-RW says it is not erasable',
    elsewhere: [{ file: 'engine/prepare.test.ts', says: 'not erasable (Q1)' }],
  },
  {
    q: 2,
    what: 'page 05h refused',
    elsewhere: [{ file: 'engine/prepare.test.ts', says: 'refused, on a drive that writes all the same' }],
  },
  { q: 3, what: 'FORMAT UNIT 04 17 refused', why: prepare, never: [0x04] },
  { q: 4, what: 'format list of 16 bytes', why: prepare, never: [0x04] },
  {
    q: 5,
    what: 'no last recorded, no next writable address',
    sessions: [cdRw, ram].map((disc) => ({ disc, quirks: { lastRecorded: 'never' } })),
  },
  {
    q: 6,
    what: 'a last recorded address of its own',
    sessions: [cdRw, dvdRw, plusRw, ram].map((disc) => ({ disc, quirks: { lastRecorded: 'always' } })),
  },
  {
    q: 7,
    what: 'READ CAPACITY 0, FFFD0000h or 178 %',
    sessions: [
      ...capacityLies,
      ...[dvdRw, plusRw].map((disc) => ({
        disc,
        quirks: { capacityAfterFormat: true },
        before: (drive: Drive) => {
          drive.freshlyFormatted = true
        },
      })),
    ],
  },
  {
    q: 8,
    what: 'capacity from descriptors of what is no CD',
    why: 'the profile decides; no table of contents is read',
    never: [0x43],
  },
  {
    q: 9,
    what: 'features of rewriting missing',
    sessions: [cdRw, dvdRw, plusRw].map((disc) => ({ disc, quirks: { overwriteFeatures: 'missing' } })),
  },
  {
    q: 10,
    what: 'two profiles current at once',
    sessions: [{ disc: cdRw, quirks: { twoCurrentProfiles: true } }],
  },
  {
    q: 11,
    what: 'track of a DVD+RW described in three ways',
    sessions: (['fixed', 'packet', 'plain'] as const).map((plusRwTrack) => ({
      quirks: { plusRwTrack, tocControl: 7, performanceEnd: 'zero' },
    })),
  },
  { q: 12, what: 'aligned 32 KiB only', elsewhere: [{ file: 'engine/prepare.test.ts', says: '(Q12)' }] },
  {
    q: 13,
    what: '5/2C/00 when reads and writes mix',
    elsewhere: [{ file: 'engine/prepare.test.ts', says: '(Q13)' }],
  },
  {
    q: 14,
    what: 'a WRITE that was carried out, its answer lost',
    sessions: [cdRw, dvdRw, plusRw, ram].map((disc) => ({
      disc,
      meanwhile: (drive) => drive.faults.failCommand(0x2a, 'lost'),
    })),
  },
  {
    q: 15,
    what: '2/04/08 as flow control',
    elsewhere: [
      { file: 'engine/prepare.test.ts', says: '(Q15)' },
      { file: 'packet/mmc-drive.test.ts', says: '(Q15)' },
    ],
  },
  {
    q: 16,
    what: 'ready, and busy at the next command',
    elsewhere: [{ file: 'engine/prepare.test.ts', says: '(Q16)' }],
  },
  {
    q: 17,
    what: 'ready too early after START UNIT',
    why: 'an engine neither starts nor stops a unit',
    never: [0x1b],
  },
  {
    q: 18,
    what: 'SYNCHRONIZE CACHE with IMMED does nothing',
    sessions: [cdRw, dvdRw, plusRw, ram].map((disc) => ({ disc, quirks: { immediateSyncIdle: true } })),
  },
  {
    q: 19,
    what: 'progress stands at 1 %',
    sessions: [
      {
        disc: { ...plusRw, background: 'suspended' },
        quirks: { progressStuck: true },
      },
    ],
  },
  {
    q: 20,
    what: 'polling breaks a format',
    elsewhere: [
      { file: 'mmc/examine.test.ts', says: 'while a format runs nothing but TEST UNIT READY is sent' },
    ],
  },
  {
    q: 21,
    what: 'SET CD SPEED fails, or ruins the write',
    open: 'speed tests of branch backends: test/mmc or test/engine/speed*.test.ts',
  },
  {
    q: 22,
    what: 'implausible speed lists',
    open: 'speed tests of branch backends: test/mmc or test/engine/speed*.test.ts',
  },
  { q: 23, what: 'SEND OPC refused', why: 'a drive calibrates by itself; no OPC is sent', never: [0x54] },
  {
    q: 24,
    what: 'session reserved, track damaged',
    play: () => refused({ disc: { kind: 'dvd-rw', state: 'damaged', blocks } }, 'media.damaged-session'),
  },
  {
    q: 25,
    what: 'quick-formatted DVD-RW, never closed',
    play: () =>
      refused(
        { disc: { kind: 'dvd-rw', state: 'intermediate', blocks }, quirks: { intermediateUnreadable: true } },
        'media.format-unfinished',
      ),
  },
  {
    q: 26,
    what: 'CLOSE TRACK refused',
    elsewhere: [{ file: 'engine/prepare.test.ts', says: 'cannot be resumed or stopped' }],
  },
  {
    q: 27,
    what: 'disc status that says nothing of writing',
    elsewhere: [
      { file: 'media/dvd-discs.ts', says: 'freshly formatted: appendable' },
      { file: 'media/dvd-discs.ts', says: 'DVD-RAM, status other' },
    ],
  },
  { q: 28, what: 'DVD-RAM that keeps its size', why: prepare, never: [0x04] },
  { q: 29, what: 'BD-RE with quick certification refused', why: prepare, never: [0x04] },
  {
    q: 30,
    what: 'unformatted DVD+RW stalls what reads it',
    elsewhere: [{ file: 'mmc/examine.test.ts', says: 'reads the medium of a blank disc' }],
  },
  {
    q: 31,
    what: 'another program left another write mode',
    sessions: [1, 2].map((dataMode) => ({
      disc: { ...cdRw, dataMode: dataMode as 1 | 2 },
      meanwhile: (drive) => {
        drive.pages = defaultPages()
      },
    })),
  },
  { q: 32, what: 'old contents after blanking', why: prepare, never: [0x04, 0xa1] },
  { q: 33, what: 'broken until the disc is loaded again', play: staysBroken },
  {
    q: 34,
    what: 'a bridge that hides the drive, or hangs',
    elsewhere: [
      { file: 'mmc/examine.test.ts', says: 'a bridge that never says ready is an error, not a hang' },
      { file: 'engine/prepare.test.ts', says: 'a drive that never answers' },
      { file: 'engine/prepare.test.ts', says: 'a packet larger than one transfer' },
    ],
  },
  {
    q: 35,
    what: 'replies of other lengths',
    elsewhere: [
      { file: 'mmc/decoders.test.ts', says: 'disc information of an old, shorter kind' },
      { file: 'mmc/examine.test.ts', says: "describe.each(['short'" },
    ],
  },
  {
    q: 36,
    what: '6/28/00 and 6/29/00 at any command',
    elsewhere: [
      { file: 'engine/session.test.ts', says: 'a false alarm of the drive costs a wait' },
      { file: 'engine/prepare.test.ts', says: 'a bus reset in between (6/29/00)' },
    ],
  },
  {
    q: 37,
    what: 'a WRITE that takes a minute',
    sessions: [cdRw, ram].map((disc) => ({
      disc,
      meanwhile: (drive) => {
        drive.faults.latencyOf.set(0x2a, 59_000)
      },
    })),
  },
  {
    q: 38,
    what: 'writes queue up without limit',
    elsewhere: [{ file: 'packet/engine.test.ts', says: 'a long copy streams' }],
  },
  {
    q: 39,
    what: 'unformatted and wrong discs',
    elsewhere: [{ file: 'engine/prepare.test.ts', says: 'discs that are not served' }],
  },
  {
    q: 40,
    what: 're-formatting kills a DVD+RW',
    why: 'nothing is formatted that is formatted',
    never: [0x04],
  },
  {
    q: 41,
    what: 'tracks of data mode 1 and 2',
    elsewhere: [{ file: 'engine/prepare.test.ts', says: 'data mode %d: block type %d' }],
  },
  {
    q: 42,
    what: 'READ CD obeyed where a refusal is due',
    why: 'no READ CD is sent, and no refusal is relied on',
    never: [0xbe],
  },
]

/** BENQ DQ60: after a failed write it says 3/11/05 to READ TRACK INFORMATION until the disc is loaded again. */
async function staysBroken(): Promise<void> {
  const host = hostOf({ disc: cdRw, quirks: { staysBroken: true } })
  await host.start()
  host.drive.faults.failSector(96, 'write')
  await host.write(200, 3)
  await host.write(96, 32)
  expect(await host.flushToMedium()).toBe(false)
  await host.stop()
  host.drive.faults.clear()
  const error: unknown = await host.start().catch((e: unknown) => e)
  expect((error as StartError).diagnostic.code).toBe('media.no-track-information')
  host.powerCycle()
  await host.start()
  expect(await host.stop()).toBe(0)
  host.check()
  expect(host.journals).toEqual([])
}

const readOf = (file: string): string => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')
const titleOf = ({ q, what }: Row): string => `Q${q}: ${what}`

for (const row of rows) {
  if ('open' in row) test.todo(`${titleOf(row)} (${row.open})`)
  else
    test(titleOf(row), async () => {
      if ('sessions' in row) for (const session of row.sessions) await serve(session)
      else if ('play' in row) await row.play()
      else if ('elsewhere' in row)
        for (const { file, says } of row.elsewhere) expect(readOf(file)).toContain(says)
    })
}

test('what no session of any medium sends', async () => {
  const never = rows.flatMap((row) => ('never' in row ? row.never : []))
  expect(rows.every((row) => !('why' in row) || row.never.length > 0)).toBe(true)
  for (const { profile, disc } of media) {
    const { drive } = await serve({ profile, disc: { ...disc, blocks: 640 } })
    expect([...drive.counters.commands.keys()].filter((opcode) => never.includes(opcode))).toEqual([])
  }
})

test('there is a row for each of the 42', () => {
  expect(rows.map(({ q }) => q)).toEqual(Array.from({ length: 42 }, (_, i) => i + 1))
})
