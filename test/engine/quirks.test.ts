// Each of the 42 quirks is survived: see quirk-rows.ts. docs/engine.md has what is done about them.
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { StartError } from '../../src/engine/identify.ts'
import { FaultyHost } from './faulty-host.ts'
import { media } from './harness.ts'
import { cdRw, plusRw, type Row, rows, type Session } from './quirk-rows.ts'

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

/** BENQ DQ60: after a failed write it says 3/11/05 to READ TRACK INFORMATION until the disc is loaded again. */
async function staysBroken(): Promise<void> {
  const host = hostOf({ disc: cdRw, quirks: { staysBroken: true } })
  await host.start()
  host.drive.faults.failSector(96, 'write', '4/44/00')
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
  // Rows with a reason are all looked at by one test below.
  if (!('why' in row))
    test(titleOf(row), async () => {
      if ('sessions' in row) for (const session of row.sessions) await serve(session)
      else if ('refusal' in row) await refused(row.session, row.refusal)
      else if ('broken' in row) await staysBroken()
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
