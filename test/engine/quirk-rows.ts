// The 42 quirks of recorded drives, as data: played over whole sessions by quirks.test.ts, played by a test elsewhere, or no matter
// of a session, which then never sends the commands in question. What a drive does is in test/drive.
import type { DiscOptions, Drive } from '../drive/index.ts'
import { defaultPages } from '../drive/mode-pages.ts'
import type { Quirks } from '../drive/profile.ts'

export interface Session {
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

export type Row = { q: number; what: string } & (
  | { sessions: Session[] }
  /** Not served, with this diagnostic. */
  | { refusal: string; session: Session }
  /** Of its own: staysBroken in quirks.test.ts. */
  | { broken: true }
  | { elsewhere: Elsewhere[] }
  /** Why it does not matter while a disc is served; these commands are never sent then. */
  | { why: string; never: number[] }
)

/** `pktw prepare` formats and blanks; an engine never does. */
const formatting = 'mmc/format-disc.test.ts'
/** Small discs: every block has content of its own. */
const blocks = 480
export const cdRw = { kind: 'cd-rw', blocks: 640 } as const
export const plusRw = { kind: 'dvd+rw', blocks } as const
const dvdRw = { kind: 'dvd-rw', blocks } as const
const ram = { kind: 'dvd-ram', blocks } as const

const capacityLies = (['zero', 'huge'] as const).flatMap((capacityLie) =>
  [cdRw, dvdRw, plusRw, ram].map((disc) => ({ disc, quirks: { capacityLie } })),
)

/** In the order of their numbers. */
export const rows: Row[] = [
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
  {
    q: 3,
    what: 'FORMAT UNIT 04 17 refused',
    elsewhere: [{ file: formatting, says: 'the old format of MMC-1 (Q3)' }],
  },
  { q: 4, what: 'format list of 16 bytes', elsewhere: [{ file: formatting, says: '12 bytes (Q4)' }] },
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
      { file: formatting, says: 'only TEST UNIT READY and REQUEST SENSE (Q20)' },
    ],
  },
  {
    q: 21,
    what: 'SET CD SPEED fails, or ruins the write',
    elsewhere: [
      { file: 'engine/prepare.test.ts', says: 'a drive that obeys what ruins the disc (Q21)' },
      { file: 'engine/prepare.test.ts', says: 'a list that grew after a failed write (Q21)' },
    ],
  },
  {
    q: 22,
    what: 'implausible speed lists',
    elsewhere: [{ file: 'engine/prepare.test.ts', says: 'nonsense in the list (Q22)' }],
  },
  { q: 23, what: 'SEND OPC refused', why: 'a drive calibrates by itself; no OPC is sent', never: [0x54] },
  {
    q: 24,
    what: 'session reserved, track damaged',
    refusal: 'media.damaged-session',
    session: { disc: { kind: 'dvd-rw', state: 'damaged', blocks } },
  },
  {
    q: 25,
    what: 'quick-formatted DVD-RW, never closed',
    refusal: 'media.format-unfinished',
    session: {
      disc: { kind: 'dvd-rw', state: 'intermediate', blocks },
      quirks: { intermediateUnreadable: true },
    },
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
  {
    q: 28,
    what: 'DVD-RAM that keeps its size',
    elsewhere: [{ file: formatting, says: 'no bits of certification or defect lists (Q28, Q29)' }],
  },
  {
    q: 29,
    what: 'BD-RE with quick certification refused',
    elsewhere: [{ file: formatting, says: 'no bits of certification or defect lists (Q28, Q29)' }],
  },
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
  {
    q: 32,
    what: 'old contents after blanking',
    elsewhere: [{ file: formatting, says: 'what was on it before is not looked at afterwards (Q32)' }],
  },
  { q: 33, what: 'broken until the disc is loaded again', broken: true },
  {
    q: 34,
    what: 'a bridge that hides the drive, or hangs',
    elsewhere: [
      { file: 'mmc/examine.test.ts', says: 'a bridge that never says ready is an error, not a hang' },
      { file: 'engine/hanging.test.ts', says: 'for good: an error within minutes' },
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
