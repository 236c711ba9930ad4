// Blanking and formatting, against the emulated drive: each medium, quirks of recorded drives, and every way to fail.
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { preparationOf } from '../../src/media/preparation.ts'
import { examine } from '../../src/mmc/examine.ts'
import { type FormatProgress, formatDisc, formatOffers } from '../../src/mmc/format-disc.ts'
import { type DiscNow, PreparationFailed } from '../../src/mmc/format-failure.ts'
import { opcode } from '../../src/mmc/opcodes.ts'
import { Disc, type DiscOptions, Drive, type DriveOptions } from '../drive/index.ts'
import { VirtualClock } from '../engine/virtual-clock.ts'
import { fuzz } from '../nbd/seed.ts'

const hour = 3_600_000

interface Run {
  full?: boolean
  signal?: AbortSignal
  /** At each word of progress. */
  meanwhile?: (drive: Drive, progress: FormatProgress) => void
  /** Between looking and formatting. */
  before?: (drive: Drive) => void
}

/** A drive with a disc in it, whose formats take ten minutes of a time that costs nothing. */
function bench(disc: DiscOptions, options: DriveOptions = {}) {
  const clock = new VirtualClock([])
  const drive = new Drive({
    profile: disc.kind === 'bd-re' ? 'bd' : 'supermulti',
    clock,
    logLength: 100_000,
    ...options,
  })
  drive.durations.format = 600_000
  drive.durations.blank = 120_000
  const inside = new Disc({ blocks: 3200, ...disc })
  drive.insert(inside)
  return { clock, drive, disc: inside }
}

async function prepareDisc({ clock, drive }: ReturnType<typeof bench>, run: Run = {}) {
  const told: FormatProgress[] = []
  let diskseq = 1
  drive.on('opened', () => {
    diskseq++
  })
  const transport = drive.transport()
  const job = async () => {
    const facts = await examine(transport, { deadlineMs: 60_000, clock })
    const decision = preparationOf(facts, await formatOffers(transport, { clock }), run.full ?? false)
    if ('refused' in decision) throw new Error(decision.refused)
    run.before?.(drive)
    return await formatDisc(transport, decision.plan, {
      drive: 'sr0',
      clock,
      signal: run.signal,
      // As the kernel, which does not poll a drive that is held for writing.
      lost: () => undefined,
      tell: (progress) => {
        told.push(progress)
        run.meanwhile?.(drive, progress)
      },
    })
  }
  const running = job().then(
    (ready) => ({ ready, failed: undefined }),
    (error: unknown) => {
      if (!(error instanceof PreparationFailed)) throw error
      return { ready: undefined, failed: error }
    },
  )
  const ms = await clock.until(running, 20 * hour)
  return { ...(await running), told, ms, diskseq }
}

const sent = (drive: Drive, ...codes: number[]) =>
  drive.counters.log.filter((entry) => codes.includes(entry.opcode))

describe('each medium', () => {
  test.each([
    ['cd-rw', 'blank', 0, 1],
    ['cd-rw', 'session', 1, 1],
    ['cd-rw', 'appendable', 1, 1],
    ['dvd-rw', 'blank', 0, 1],
    ['dvd-rw', 'fast-blanked', 0, 1],
    ['dvd-rw', 'session', 0, 1],
    ['dvd-rw', 'appendable', 0, 1],
    ['dvd-rw', 'damaged', 0, 1],
    ['dvd-rw', 'intermediate', 0, 1],
    ['dvd+rw', 'blank', 0, 1],
    ['dvd-ram', 'blank', 0, 1],
    ['bd-re', 'blank', 0, 1],
    ['cd-rw', 'formatted', 0, 0],
    ['dvd-rw', 'formatted', 0, 0],
    ['dvd+rw', 'formatted', 0, 0],
    ['dvd-ram', 'formatted', 0, 0],
    ['bd-re', 'formatted', 0, 0],
  ] as const)('%s, %s: blanked %d times, formatted %d times, ready', async (kind, state, blanks, formats) => {
    const it = bench({ kind, state })
    const { ready, failed, told } = await prepareDisc(it)
    expect(failed?.diagnostics).toBeUndefined()
    expect(ready).toMatchObject({ state: 'ready', medium: kind })
    expect(ready?.blocks).toBe(it.disc.blocks)
    expect([it.disc.blanks, it.disc.formats, it.disc.state]).toEqual([blanks, formats, 'formatted'])
    expect(told.at(-1)?.disc).toBe(formats === 0 ? undefined : 'formatted')
  })

  test.each(['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'] as const)(
    '%s, full: once more',
    async (kind) => {
      const it = bench({ kind })
      const { ready } = await prepareDisc(it, { full: true })
      expect(ready?.state).toBe('ready')
      expect([it.disc.formats, it.disc.blanks]).toEqual([1, kind === 'cd-rw' ? 1 : 0])
      const [blank] = sent(it.drive, opcode.blank)
      if (kind === 'cd-rw') expect(blank?.cdb.slice(0, 4)).toBe('a110')
    },
  )

  test('a DVD+RW, full: until the background format is complete', async () => {
    const it = bench({ kind: 'dvd+rw' })
    it.drive.durations.background = hour
    const { told, ms } = await prepareDisc(it, { full: true })
    expect(it.disc.background).toBe('complete')
    expect(ms).toBeGreaterThan(hour * 0.9)
    expect(
      told
        .filter((t) => t.phase === 'background')
        .map((t) => t.progress ?? 0)
        .at(-1),
    ).toBeGreaterThan(0.9)
  })

  test('a DVD-RW that a quick format left half: all of it is formatted', async () => {
    const it = bench({ kind: 'dvd-rw' })
    it.disc.blocks = 320
    expect((await prepareDisc(it)).ready?.blocks).toBe(3200)
  })
})

/** Nothing but these two while the drive works. */
const harmless: number[] = [opcode.testUnitReady, opcode.requestSense]

test.each(['cd-rw', 'dvd-rw', 'dvd-ram', 'bd-re'] as const)(
  '%s: meanwhile only TEST UNIT READY and REQUEST SENSE (Q20), and the progress is told',
  async (kind) => {
    const it = bench({ kind, state: 'blank' })
    let busy: number | undefined
    const { told } = await prepareDisc(it, {
      meanwhile: (drive, { progress }) => {
        if (progress !== undefined && progress < 1) busy = drive.counters.log.length
      },
    })
    const log = it.drive.counters.log.map((entry) => entry.opcode)
    const begun = log.indexOf(opcode.formatUnit)
    expect(busy).toBeGreaterThan(begun + 100)
    expect(log.slice(begun + 1, busy).filter((code) => !harmless.includes(code))).toEqual([])
    const progress = told.flatMap((t) => t.progress ?? [])
    expect(progress.length).toBeGreaterThan(100)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
  },
)

describe('quirks', () => {
  test('type 10h refused: the old format of MMC-1 (Q3)', async () => {
    const it = bench({ kind: 'cd-rw', state: 'blank' })
    it.drive.faults.failCommand(opcode.formatUnit, '5/24/00')
    expect((await prepareDisc(it)).ready?.blocks).toBe(3200)
    expect(sent(it.drive, opcode.formatUnit).map((e) => e.cdb.slice(0, 4))).toEqual(['0411', '0417'])
  })
  test('both refused: told, and the disc is as it was (Q3)', async () => {
    const it = bench({ kind: 'cd-rw', state: 'blank' }, { quirks: { legacyFormatRefused: true } })
    it.drive.faults.failCommand(opcode.formatUnit, '5/26/00')
    const { failed, told } = await prepareDisc(it)
    expect(failed?.diagnostics[0]).toMatchObject({ code: 'prepare.refused' })
    expect(failed?.sense).toBe('5/64/00')
    expect([told.at(-1)?.disc, it.disc.state]).toEqual(['unchanged', 'blank'])
  })
  test.each([
    ['in whole packets', 3200, [3200]],
    ['only as it was told', 3205, [3200, 3205]],
  ])('a drive that tells 3205 blocks, and takes a size %s', async (_name, taken, sizes) => {
    const it = bench({ kind: 'dvd-ram', state: 'blank' })
    const transport = it.drive.transport()
    const found: number[] = []
    const execute = transport.execute.bind(transport)
    it.drive.transport = () => ({
      ...transport,
      execute: async (command) => {
        const list = command.dataOut as Uint8Array
        const size = new DataView(list?.buffer ?? new ArrayBuffer(8)).getUint32(4)
        if (command.cdb[0] === opcode.formatUnit) {
          found.push(size)
          if (size !== taken)
            return { status: 2, data: new Uint8Array(), sense: { key: 5, asc: 0x26, ascq: 0 } } as never
          list.set([0, 0, 3200 >> 8, 3200 & 0xff], 4)
        }
        const answer = await execute(command)
        // What is behind the header and the current capacity.
        if (command.cdb[0] === opcode.readFormatCapacities)
          for (let at = 12; at + 8 <= answer.data.length; at += 8) answer.data[at + 3] = 3205 & 0xff
        return answer
      },
    })
    expect((await prepareDisc(it)).ready?.state).toBe('ready')
    expect(found).toEqual(sizes)
  })
  test('the list has 12 bytes (Q4)', async () => {
    const it = bench({ kind: 'cd-rw', state: 'blank' })
    const transport = it.drive.transport()
    const lists: number[] = []
    const execute = transport.execute.bind(transport)
    it.drive.transport = () => ({
      ...transport,
      execute: (command) => {
        if (command.cdb[0] === opcode.formatUnit) lists.push((command.dataOut as Uint8Array).length)
        return execute(command)
      },
    })
    await prepareDisc(it)
    expect(lists).toEqual([12])
  })
  test('progress that stands at 1 per cent is no error, and no end (Q19)', async () => {
    const it = bench({ kind: 'dvd-rw', state: 'blank' }, { quirks: { progressStuck: true } })
    const { ready, ms } = await prepareDisc(it)
    expect(ready?.state).toBe('ready')
    expect(ms).toBeGreaterThanOrEqual(600_000)
  })
  test('ready, and then not (Q16)', async () => {
    const it = bench({ kind: 'cd-rw', state: 'session' }, { quirks: { busyAfterReady: 5 } })
    expect((await prepareDisc(it)).ready?.state).toBe('ready')
  })
  test('page 05h is left alone, also where it would be refused (Q2)', async () => {
    const it = bench({ kind: 'cd-rw', state: 'blank' }, { quirks: { packetPage: 'refused-on-blank' } })
    expect((await prepareDisc(it)).ready?.state).toBe('ready')
    expect(sent(it.drive, 0x55)).toEqual([])
  })
  test('DVD-RAM and BD-RE: no bits of certification or defect lists (Q28, Q29)', async () => {
    for (const kind of ['dvd-ram', 'bd-re'] as const) {
      const it = bench({ kind, state: 'blank' })
      await prepareDisc(it)
      expect(sent(it.drive, opcode.formatUnit).map((e) => e.cdb.slice(0, 4))).toEqual(['0411'])
    }
  })
  test('6/28/00 after BLANK of the drive’s own, to the next command (Q36)', async () => {
    const it = bench({ kind: 'cd-rw', state: 'session' })
    const { ready, failed } = await prepareDisc(it, {
      meanwhile: (drive, { disc }) => {
        if (disc === 'erased') drive.faults.failCommand(opcode.readFormatCapacities, '6/28/00', 1)
      },
    })
    expect(failed?.diagnostics).toBeUndefined()
    expect([ready?.state, it.disc.formats]).toEqual(['ready', 1])
  })
  test.each(['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'] as const)(
    '%s: told as a new disc after BLANK and FORMAT of the drive’s own',
    async (kind) => {
      const it = bench({ kind, state: kind === 'cd-rw' ? 'session' : 'blank' })
      let before = 'unchanged'
      const { ready, failed } = await prepareDisc(it, {
        meanwhile: (drive, { disc }) => {
          if (disc !== before && (disc === 'erased' || disc === 'formatted')) {
            drive.attention.raise(0x28, 0x00)
            drive.attention.changed(2)
          }
          before = disc
        },
      })
      expect(failed?.diagnostics).toBeUndefined()
      expect([ready?.state, it.disc.formats]).toEqual(['ready', 1])
    },
  )
  test('what was on it before is not looked at afterwards (Q32)', async () => {
    const it = bench({ kind: 'cd-rw', state: 'session' })
    await prepareDisc(it)
    expect(sent(it.drive, 0x28, 0x43)).toEqual([])
  })
})

describe('a person, or an accident, in between', () => {
  const ten = (_: Drive, { progress = 0 }: FormatProgress) => progress > 0.1
  test('the disc is swapped while it formats: the other one is not taken for it', async () => {
    const it = bench({ kind: 'dvd-ram', state: 'blank' })
    const other = new Disc({ kind: 'dvd-ram', blocks: 3200 })
    other.put(256, Buffer.alloc(2048, 0x02))
    let swapped = false
    const { failed } = await prepareDisc(it, {
      meanwhile: (drive, progress) => {
        if (swapped || !ten(drive, progress)) return
        swapped = true
        drive.swap(other)
      },
    })
    expect(failed?.diagnostics[0]?.code).toBe('prepare.disc-changed')
    expect(other.formats + other.blanks + other.writes.size).toBe(0)
  })
  test('swapped before the first command: nothing is sent to the other one', async () => {
    const it = bench({ kind: 'cd-rw', state: 'session' })
    const other = new Disc({ kind: 'cd-rw', state: 'session', blocks: 3200 })
    const { failed, told } = await prepareDisc(it, { before: (drive) => drive.swap(other) })
    expect(failed?.diagnostics[0]?.code).toBe('prepare.disc-changed')
    expect([other.blanks, other.formats]).toEqual([0, 0])
    expect(told.length).toBeGreaterThan(0)
  })
  test('pulled out', async () => {
    const it = bench({ kind: 'dvd-ram', state: 'blank' })
    const { failed } = await prepareDisc(it, {
      meanwhile: (drive, progress) => {
        if (ten(drive, progress)) drive.pullByForce()
      },
    })
    expect(failed?.diagnostics[0]?.code).toBe('prepare.disc-gone')
  })
  test('unplugged', async () => {
    const it = bench({ kind: 'dvd-ram', state: 'blank' })
    const { failed } = await prepareDisc(it, {
      meanwhile: (drive, progress) => {
        if (ten(drive, progress)) drive.unplug()
      },
    })
    expect(failed?.diagnostics[0]?.code).toBe('prepare.drive-gone')
  })
  test('a drive that hangs for good', async () => {
    const it = bench({ kind: 'dvd-ram', state: 'blank' })
    const { failed, ms } = await prepareDisc(it, {
      meanwhile: (drive, progress) => {
        if (ten(drive, progress)) drive.hang('for-ever')
      },
    })
    expect(failed?.diagnostics[0]?.code).toBe('prepare.silent')
    expect(ms).toBeLessThan(hour)
  })
  test('a drive that formats for ever', async () => {
    const it = bench({ kind: 'dvd-ram', state: 'blank' })
    it.drive.durations.format = 100 * hour
    const { failed, ms } = await prepareDisc(it)
    expect(failed?.diagnostics[0]?.code).toBe('prepare.too-long')
    expect(ms).toBeLessThan(7 * hour)
  })
  test.each([
    ['3/31/01', 'prepare.worn'],
    ['3/73/03', 'prepare.worn'],
    ['4/09/02', 'prepare.drive-failed'],
    ['7/27/00', 'prepare.write-protected'],
  ])('the format fails with %s: %s', async (sense, code) => {
    const it = bench({ kind: 'dvd-ram', state: 'blank' })
    let armed = false
    const { failed } = await prepareDisc(it, {
      meanwhile: (drive, progress) => {
        if (!armed && ten(drive, progress)) drive.faults.failCommand(opcode.testUnitReady, sense)
        armed ||= ten(drive, progress)
      },
    })
    expect(failed?.diagnostics[0]?.code).toBe(code)
    expect(failed?.sense).toBe(sense)
    expect(failed?.diagnostics[0]?.message).not.toContain('{')
  })
  test('a format that left nothing behind', async () => {
    const it = bench({ kind: 'dvd-ram', state: 'blank' })
    const { failed } = await prepareDisc(it, {
      meanwhile: (_, { disc }) => {
        if (disc === 'formatted') it.disc.state = 'blank'
      },
    })
    expect(failed?.diagnostics[0]).toMatchObject({ code: 'prepare.still-not-ready' })
  })
})

describe('cancelled', () => {
  test('before anything was sent: as it was', async () => {
    const it = bench({ kind: 'cd-rw', state: 'session' })
    const { failed, told } = await prepareDisc(it, { signal: AbortSignal.abort() })
    expect(failed?.diagnostics[0]).toMatchObject({
      code: 'prepare.cancelled',
      message: expect.stringContaining('the disc is as it was'),
    })
    expect([told, it.disc.state]).toEqual([[], 'session'])
    const formatted = bench({ kind: 'cd-rw' })
    const second = await prepareDisc(formatted, { signal: AbortSignal.abort() })
    expect(second.failed?.diagnostics[0]?.message).toContain('the disc is as it was')
  })
  test('while it formats: the drive goes on, which is said, and nothing more is sent', async () => {
    const it = bench({ kind: 'dvd-ram', state: 'blank' })
    const abort = new AbortController()
    const { failed, told, ms } = await prepareDisc(it, {
      signal: abort.signal,
      meanwhile: (_, { progress = 0 }) => progress > 0.1 && abort.abort(),
    })
    expect(failed?.diagnostics[0]).toMatchObject({
      code: 'prepare.cancelled',
      message: expect.stringContaining('cannot be stopped'),
    })
    expect(told.at(-1)?.disc).toBe('in-work')
    expect(ms).toBeLessThan(120_000)
  })
  test('while a DVD+RW formats in the background: that is stopped, and the disc can be used', async () => {
    const it = bench({ kind: 'dvd+rw' })
    it.drive.durations.background = hour
    const abort = new AbortController()
    const { failed } = await prepareDisc(it, {
      full: true,
      signal: abort.signal,
      meanwhile: (_, { phase, progress = 0 }) => phase === 'background' && progress > 0.1 && abort.abort(),
    })
    expect(failed?.diagnostics[0]?.message).toContain('is formatted')
    expect(it.disc.background).toBe('suspended')
  })
})

describe('every command × every way to fail it', () => {
  const faults = [
    ...['2/04/08', '2/3A/01', '3/0C/00', '4/09/02', '5/24/00', '6/28/00', '6/29/00', 'B/47/00'],
    ...['hang', 'lost', 'short', 'garbage', 'unplug'],
  ] as const
  const discs: DiscOptions[] = [
    { kind: 'cd-rw', state: 'session' },
    { kind: 'dvd-rw', state: 'blank' },
    { kind: 'dvd+rw', state: 'blank' },
    { kind: 'dvd-ram' },
  ]
  let cases: [DiscOptions, number][] = []
  beforeEach(async () => {
    if (cases.length > 0) return
    for (const disc of discs) {
      const it = bench(disc)
      await prepareDisc(it, { full: disc.state === undefined })
      const codes = new Set(it.drive.counters.commands.keys())
      cases = [...cases, ...[...codes].map((code): [DiscOptions, number] => [disc, code])]
    }
  })

  /** It ends; it is ready, or says why; and it never says less of the disc than what was done to it. */
  async function holds(
    disc: DiscOptions,
    code: number,
    fault: string,
    count: number,
    whenMs: number,
  ): Promise<void> {
    const what = `${disc.kind} ${code.toString(16)}h ${fault} ${count} times after ${whenMs} ms`
    const it = bench(disc)
    it.drive.durations.format = 60_000
    it.drive.durations.blank = 30_000
    let begun: number | undefined
    const arm = (drive: Drive) => drive.faults.failCommand(code, fault, count)
    const { ready, failed, told } = await prepareDisc(it, {
      full: disc.state === undefined,
      before: (drive) => {
        if (whenMs === 0) arm(drive)
        begun = whenMs === 0 ? Number.POSITIVE_INFINITY : it.clock.now() + whenMs
      },
      meanwhile: (drive) => {
        if (it.clock.now() < (begun ?? Number.POSITIVE_INFINITY)) return
        begun = Number.POSITIVE_INFINITY
        arm(drive)
      },
    })
    const now: DiscNow = told.at(-1)?.disc ?? 'unchanged'
    if (ready !== undefined) expect(it.disc.state, what).toBe('formatted')
    else {
      expect(failed?.diagnostics[0]?.code, what).toMatch(/^prepare\./)
      expect(failed?.diagnostics[0]?.message, what).not.toMatch(/\{/)
      expect(failed?.diagnostics[0]?.remedy, what).toBeTruthy()
    }
    if (now === 'unchanged') expect([it.disc.blanks, it.disc.formats], what).toEqual([0, 0])
    if (now === 'erased') expect(it.disc.formats, what).toBe(0)
    if (now === 'formatted') expect(it.disc.formats, what).toBeGreaterThan(0)
  }

  test('once, and for good', { timeout: 120_000 }, async () => {
    expect(cases.length).toBeGreaterThan(20)
    for (const [disc, code] of cases)
      for (const fault of faults)
        for (const count of [1, Number.POSITIVE_INFINITY]) await holds(disc, code, fault, count, 0)
  })

  test('at any time, for a while', { timeout: 120_000 }, async () => {
    const any = fc.tuple(
      fc.nat(),
      fc.constantFrom(...faults),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 100_000 }),
    )
    await fc.assert(
      fc.asyncProperty(any, async ([n, fault, count, whenMs]) => {
        const [disc, code] = cases[n % cases.length] as [DiscOptions, number]
        await holds(disc, code, fault, count, whenMs)
      }),
      fuzz(150),
    )
  })
})
