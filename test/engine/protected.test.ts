// A disc that turns out to be write-protected when it is written (7/27/00), though nothing said so before.
import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { StartError } from '../../src/engine/identify.ts'
import type { SessionOptions } from '../../src/engine/session-options.ts'
import { type Clock, systemClock } from '../../src/mmc/clock.ts'
import { defaults } from '../../src/settings/defaults.ts'
import { pattern } from '../packet/model.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { control, media, stage } from './harness.ts'

const opcodes = { write: 0x2a, synchronize: 0x35, readDiscStructure: 0xad }
const data = pattern(64, 1)

const staged = (disc: (typeof media)[number]['disc'], profile: string) => {
  const journalDir = temporaryRoot()
  // The session looks after itself when the test says so, and no sooner.
  const watchMs = 777
  let look: () => void = () => undefined
  const told = new Promise<void>((resolve) => {
    look = resolve
  })
  const clock: Clock = {
    now: systemClock.now,
    sleep: (ms) => (ms === watchMs ? told : systemClock.sleep(ms)),
  }
  const options: Partial<SessionOptions> = {
    ...{ journalDir, boot: 'this', write: defaults.write, clock, watchMs },
  }
  const it = stage(disc, { profile }, options)
  it.disc.put(0, pattern(320, 2))
  return { ...it, look: () => look(), journals: () => readdirSync(journalDir) }
}

describe.each(media)('$disc.kind in $profile', ({ profile, disc }) => {
  test.each([
    ['WRITE', opcodes.write],
    ['SYNCHRONIZE CACHE', opcodes.synchronize],
  ])(
    'told at %s: no write is acknowledged any more, reads are answered, and what was is kept',
    async (_, code) => {
      const it = staged(disc, profile)
      const engine = await it.start()
      const client = await engine.attach()
      const write = async (block: number): Promise<number> => {
        client.request(1, block * 2048, data.length, 0)
        client.send(data)
        return (await client.reply()).error
      }
      expect(await write(1024)).toBe(0)
      it.drive.faults.failCommand(code, '7/27/00', Number.POSITIVE_INFINITY)
      expect(await control(engine, { do: 'flush' })).toMatchObject({ ok: false, sense: '7/27/00' })
      expect(engine.session.status().state).toBe('protected')
      expect(await write(2048)).toBe(1)
      // What was acknowledged, from memory, and what is on the disc.
      client.request(0, 1024 * 2048, data.length, 0)
      expect((await client.reply()).error).toBe(0)
      expect((await client.take(data.length)).equals(data)).toBe(true)
      client.request(0, 3072 * 2048, 2048, 0)
      expect((await client.reply()).error).toBe(0)
      await client.take(2048)

      it.look()
      await expect(engine.session.ended).resolves.toMatchObject({ exitCode: 1 })
      const log = engine.log.join('\n')
      expect(log.match(/error: .*7\/27\/00.*The disc is write-protected/g)).toHaveLength(1)
      expect(log).toMatch(
        /packets are not on the disc, which is write-protected; they are kept in .* and written when/,
      )
      expect(it.journals()).toHaveLength(1)

      // Again with the protection: refused, and the journal stays.
      const again = await it.start().catch((error) => error)
      expect(again).toBeInstanceOf(StartError)
      expect(again.diagnostic.code).toBe('media.write-protected')
      expect(it.journals()).toHaveLength(1)
      it.drive.faults.clear()
      it.kernel.diskseq = '8'
      await it.start()
      expect(it.disc.read(1024, 64).equals(data)).toBe(true)
    },
  )
})

test('one that says so when it is asked is not served at all', async () => {
  for (const kind of ['dvd-rw', 'dvd+rw', 'dvd-ram'] as const) {
    const { drive, start } = stage({ kind, blocks: 4096, writeProtected: true })
    const failed = await start().catch((error) => error)
    expect(failed.diagnostic.code).toBe('media.write-protected')
    expect(drive.counters.of(opcodes.readDiscStructure)).toBeGreaterThan(0)
    expect(drive.counters.of(opcodes.write)).toBe(0)
  }
})
