// A packet that the medium refuses for good, over whole sessions: one flush reports it, the tray opens, the rest of the disc stays usable.
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { readJournal } from '../../src/packet/recovery.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { Disc } from '../drive/index.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { FaultyHost } from './faulty-host.ts'
import { stage, writesOf } from './harness.ts'
import { tryFlush, volume, write } from './volume.ts'

const media = [
  { kind: 'cd-rw', packet: 32 },
  { kind: 'dvd+rw', packet: 16 },
  { kind: 'dvd-ram', packet: 16 },
] as const
const bad = 512
const good = 640

const hosts: FaultyHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) {
    host.drive.faults.clear()
    if (host.session !== undefined) await host.stop().catch(() => undefined)
    host.remove()
  }
})

async function hostOf(kind: (typeof media)[number]['kind']): Promise<FaultyHost> {
  const host = new FaultyHost({ kind, blocks: 1024 })
  hosts.push(host)
  await host.start()
  return host
}

const idle = (host: FaultyHost, ms: number) =>
  host.clock.until(new Promise<void>((resolve) => void host.clock.later(ms, resolve)), 2 * ms, true)

/** The journal's files take real time, in which the virtual one stands still. */
async function untilClean(host: FaultyHost): Promise<void> {
  await expect
    .poll(
      async () => {
        await idle(host, 5_000)
        return host.session?.status().stats.dirty
      },
      { timeout: 30_000, interval: 1 },
    )
    .toBe(0)
}

const timesWritten = (host: FaultyHost, lba: number): number =>
  writesOf(host.drive).filter((w) => w.lba <= lba && lba < w.lba + w.blocks).length

/** The blocks of all copies. */
function copies(dir: string): number[] {
  const files = readdirSync(dir).map((name, i) => ({
    segment: i + 1,
    data: readFileSync(path.join(dir, name)),
  }))
  return readJournal(files).blocks.flatMap(({ lba, data }) =>
    Array.from({ length: data.length / 2048 }, (_, i) => lba + i),
  )
}

function forget(host: FaultyHost, packet: number): void {
  for (let block = bad; block < bad + packet; block++) host.spoilt.add(block)
}

describe.each(media)('$kind', ({ kind, packet }) => {
  test.each(['named', 'none'] as const)('twenty idle minutes, INFORMATION %s', async (information) => {
    const host = await hostOf(kind)
    host.drive.faults.failSector(bad, 'write', information === 'none' ? { information } : {})
    await host.write(bad, packet)
    await host.write(good, packet)
    expect(await host.flush()).toBe(kind === 'dvd-ram' ? 5 : 0)
    await untilClean(host)
    await idle(host, 20 * 60_000)
    expect(timesWritten(host, good)).toBeLessThanOrEqual(4)
    expect(timesWritten(host, bad)).toBeLessThanOrEqual(4)
    const status = host.session?.status()
    expect(status).toMatchObject({
      badBlocks: packet,
      stats: { dirty: 0 },
      losses: [{ lba: bad, blocks: packet }],
    })
    expect(status?.journalBytes).toBeLessThan(packet * 2048)
    expect(copies(status?.losses?.[0]?.kept ?? '')).toEqual(Array.from({ length: packet }, (_, i) => bad + i))
    // The button asks for this: once it says what is lost, then the tray opens.
    if (kind !== 'dvd-ram') expect(await host.flushToMedium()).toBe(false)
    expect(await host.flushToMedium()).toBe(true)
    expect(await host.flush()).toBe(0)
    expect(await host.stop()).toBe(0)
    forget(host, packet)
    host.check()
    expect(host.journals).toEqual([expect.stringMatching(/^kept-packets-/)])
    host.powerCycle()
    await host.start()
    expect(await host.flushToMedium()).toBe(true)
    expect(host.session?.status().losses).toBeUndefined()
  })

  test('found out by the stop: exit code 1, and the disc is served at its next insertion', async () => {
    const host = await hostOf(kind)
    host.drive.faults.failSector(bad, 'write')
    await host.write(bad, packet)
    await host.write(good, packet)
    expect(await host.stop()).toBe(1)
    expect(host.journals).toEqual([expect.stringMatching(/^kept-packets-/)])
    host.powerCycle()
    await host.start()
    expect(await host.stop()).toBe(0)
    forget(host, packet)
    host.check()
  })

  test.each(['WRITE', 'SYNCHRONIZE CACHE'])(
    'found out by a recovery, at the %s: set aside, said, and the disc is served',
    async (when) => {
      const host = await hostOf(kind)
      await host.write(good, packet)
      await host.write(bad, packet)
      host.powerCycle()
      await host.ends()
      if (when === 'WRITE') host.drive.faults.failCommand(0x2a, '3/0C/00', 1 + defaults.write.retries)
      else host.drive.faults.failSector(bad, 'write')
      await host.start()
      const status = host.session?.status()
      expect(status?.losses).toHaveLength(1)
      const [loss] = status?.losses ?? []
      expect(copies(loss?.kept ?? '')).toHaveLength(packet)
      expect(host.log.join('\n')).toContain(`a copy of them is kept in ${loss?.kept}`)
      expect(status).toMatchObject({ journalBytes: 0, stats: { dirty: 0 } })
      // Nobody who flushes now has written it.
      expect(await host.flush()).toBe(0)
      expect(await host.stop()).toBe(0)
      forget(host, packet)
      host.check()
    },
  )
})

test('given up by the timer, and the engine dies: the first flush of the next one fails, the second does not', async () => {
  const dir = temporaryRoot()
  const options = { kind: 'dvd+rw', blocks: 1600 } as const
  const settings = { journalDir: dir, boot: 'first', write: { ...defaults.write, after: 0.05 } }
  const staged = stage(options, {}, settings)
  staged.drive.swap(volume(new Disc(options), 1))
  staged.drive.faults.failSector(bad, 'write')
  const engine = await staged.start()
  await write(await engine.attach(), bad / 16, 0xaa)
  await expect.poll(() => engine.session.status().losses?.length, { timeout: 10_000 }).toBe(1)
  const copy = temporaryRoot()
  cpSync(dir, copy, { recursive: true })
  const next = await stage(
    options,
    {},
    { ...settings, journalDir: copy, transport: staged.drive.transport() },
  ).start()
  const client = await next.attach()
  expect(next.session.status()).toMatchObject({ losses: [{ lba: bad }], stats: { dirty: 0 } })
  expect(await tryFlush(client)).toBe(5)
  expect(await tryFlush(client)).toBe(0)
})
