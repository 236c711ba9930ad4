// What a drive model can do and how it misbehaves: profile files (profiles/*.json), checked as they are read.
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import bd from './profiles/bd.json' with { type: 'json' }
import benqDq60 from './profiles/benq-dq60.json' with { type: 'json' }
import cdrwOnly from './profiles/cdrw-only.json' with { type: 'json' }
import dvdrw from './profiles/dvdrw.json' with { type: 'json' }
import pioneerDvr from './profiles/pioneer-dvr.json' with { type: 'json' }
import pldsDu8aesh from './profiles/plds-du8aesh.json' with { type: 'json' }
import supermulti from './profiles/supermulti.json' with { type: 'json' }

const hex = z.string().regex(/^[0-9A-F]{4}$/, 'four hexadecimal digits, like 001A')

/** Deviations of recorded drives; each is off unless a profile or a test sets it. */
const quirks = z.strictObject({
  /** Formatted CD-RW reports the erasable bit clear (udftools PR 44). */
  notErasable: z.boolean().default(false),
  /** READ TOC/PMA/ATIP format 2 fails on packet-formatted CD-RW (udftools PR 44). */
  fullTocFails: z.boolean().default(false),
  /** MODE SELECT of page 05h for packet writing: 5/26/00 on blank and appendable CD-RW, or always (udftools issue 33). */
  packetPage: z.enum(['accepted', 'refused-on-blank', 'refused']).default('accepted'),
  /** CD-RW packets are written whatever page 05h says. */
  ignoresWritePage: z.boolean().default(false),
  /** FORMAT UNIT `04 17` is answered 5/64/00 (Plextor Premium). */
  legacyFormatRefused: z.boolean().default(false),
  /** DVD+RW: a write that is not a whole number of aligned 32 KiB: 5/2C/00. */
  strict32k: z.boolean().default(false),
  /** DVD+RW: a write after a read, with dirty cache: 5/2C/00 until SYNCHRONIZE CACHE. */
  noMixing: z.boolean().default(false),
  /** READ TRACK INFORMATION, LRA_V: set on no overwritable medium, on DVD-RAM only, on all. */
  lastRecorded: z.enum(['never', 'dvd-ram', 'always']).default('dvd-ram'),
  /** READ TRACK INFORMATION of DVD+RW: FP 16 (BENQ), Packet only (ASUS), neither (NEC). */
  plusRwTrack: z.enum(['fixed', 'packet', 'plain']).default('packet'),
  /** CONTROL nibble of the fabricated TOC of DVD: 4, or 7 (BENQ). */
  tocControl: z.union([z.literal(4), z.literal(7)]).default(4),
  /** End LBA of GET PERFORMANCE descriptors. */
  performanceEnd: z.enum(['last', 'size', 'zero']).default('last'),
  /** READ CAPACITY is 178 % of the truth after a quick format, until something is written (Pioneer DVR-x05). */
  capacityAfterFormat: z.boolean().default(false),
  /** READ CAPACITY of a formatted disc: last LBA 0 (Pioneer manual), or FFFD0000h (ASUS DRW-1608P2, a damaged DVD-RW). */
  capacityLie: z.enum(['none', 'zero', 'huge']).default('none'),
  /** The features of rewriting (0020h, 0023h, 0024h, 0026h, 002Ah, 002Ch) are missing from GET CONFIGURATION ("on crack", UDFclient). */
  overwriteFeatures: z.enum(['right', 'missing']).default('right'),
  /** SYNCHRONIZE CACHE with IMMED is answered GOOD, TEST UNIT READY after it too, and nothing is written (Pioneer). */
  immediateSyncIdle: z.boolean().default(false),
  /** An intermediate DVD-RW cannot be read at all (Pioneer DVR-x05). */
  intermediateUnreadable: z.boolean().default(false),
  /** Two profiles are current at once (Sony DRU-870S). */
  twoCurrentProfiles: z.boolean().default(false),
  /** 2/04/07 so many times after TEST UNIT READY said GOOD, once per load or format (Pioneer). */
  busyAfterReady: z.number().int().min(0).default(0),
  /** 2/04/08 so many times before a WRITE is taken, once per load (Pioneer). */
  flowControl: z.number().int().min(0).default(0),
  /** 2/04/00 to every command that needs the medium (a bridge that hides the drive). */
  bridgeNotReady: z.boolean().default(false),
  /** Progress of long operations stands at 1 %. */
  progressStuck: z.boolean().default(false),
  /** After a failed write READ TRACK INFORMATION says 3/11/05 until the disc is loaded again (BENQ DQ60). */
  staysBroken: z.boolean().default(false),
  /** Write speeds in page 2Ah: right, CD speeds whatever is in (NEC), or zeros (Lite-On). */
  pageSpeeds: z.enum(['right', 'of-cd', 'zeros']).default('right'),
  /** GET PERFORMANCE type 03h: right, an empty list (LG GCA-4040N), a zero and a speed beyond any disc in it, or refused 5/20/00. */
  speedList: z.enum(['right', 'empty', 'nonsense', 'refused']).default('right'),
  /** SET STREAMING and SET CD SPEED: taken, refused 5/24/00, SET CD SPEED with FFFFh for reading refused, or ignored (LG GSA-4082B). */
  speedCommands: z.enum(['taken', 'refused', 'no-ffff', 'ignored']).default('taken'),
  /** Feature 0028h: the drive writes Mount Rainier. */
  mountRainier: z.boolean().default(false),
  /** A speed set for one disc holds for the next, and is obeyed there as well. */
  keepsSpeed: z.boolean().default(false),
  /** SET CD SPEED beyond the medium's list is obeyed, and the writes then fail with 3/0C/00. */
  obeysTooFast: z.boolean().default(false),
})

const schema = z.strictObject({
  /** INQUIRY, 8, 16 and 4 characters. */
  vendor: z.string().max(8),
  model: z.string().max(16),
  revision: z.string().max(4),
  serial: z.string().regex(/^[0-9A-Z]{12,20}$/, '12 to 20 digits and capitals, as USB mass storage wants'),
  /** MMC profiles as feature 0000h lists them, in this order. */
  profiles: z.array(hex).min(1),
  /** Profiles that are read, not written. */
  readOnly: z.array(hex).default([]),
  /** READ BUFFER CAPACITY and page 2Ah, KiB; also the size of the write cache. */
  bufferKiB: z.number().int().positive().default(2048),
  /** Write speeds in kB/s, fastest first; cut to what the medium takes. */
  writeSpeeds: z.array(z.number().int().positive()).min(1).optional(),
  /** 1: reading and writing take the time that the current speeds say; 0.1: ten times as long; 0: none. */
  pace: z.number().min(0).default(0),
  quirks: quirks.default(quirks.parse({})),
})

export type Quirks = z.infer<typeof quirks>

/** A drive model, profile numbers as numbers. */
export type DriveProfile = Omit<z.infer<typeof schema>, 'profiles' | 'readOnly'> & {
  profiles: number[]
  readOnly: number[]
}

const known: Record<string, unknown> = {
  'cdrw-only': cdrwOnly,
  dvdrw,
  supermulti,
  bd,
  'plds-du8aesh': pldsDu8aesh,
  'benq-dq60': benqDq60,
  'pioneer-dvr': pioneerDvr,
}

/** Names that `loadProfile` knows. */
export const profileNames: readonly string[] = Object.keys(known)

/** Checks a profile from JSON. Throws a ZodError that names what is wrong. */
export function parseProfile(json: unknown): DriveProfile {
  const p = schema.parse(json)
  const numbers = (list: string[]) => list.map((s) => Number.parseInt(s, 16))
  return { ...p, profiles: numbers(p.profiles), readOnly: numbers(p.readOnly) }
}

/** A drive model by its preset name, or from a JSON file by path (anything with a slash). Throws when it is neither. */
export function loadProfile(name: string): DriveProfile {
  if (name.includes('/')) return parseProfile(JSON.parse(readFileSync(name, 'utf8')))
  const json = known[name]
  if (json === undefined) throw new Error(`no drive profile ${name}; there are ${profileNames.join(', ')}`)
  return parseProfile(json)
}
