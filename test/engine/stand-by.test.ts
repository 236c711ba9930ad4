// Discs that the kernel writes: what pktw-engine does beside it, with an emulated drive.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { assignmentOf } from '../../src/engine/backend.ts'
import { type StandBy, type StandByOptions, startStandBy } from '../../src/engine/stand-by.ts'
import { settleIn, write10 } from '../drive/harness.ts'
import { Disc, type DiscOptions, Drive } from '../drive/index.ts'
import { socketDir } from '../nbd/memory.ts'
import { ask, control } from './harness.ts'

interface Stage {
  drive: Drive
  dir: string
  log: string[]
  kernel: { diskseq: string | undefined; looks: number }
  standBy: StandBy
}

async function stage(options: Partial<StandByOptions> = {}, disc: Partial<DiscOptions> = {}): Promise<Stage> {
  const drive = new Drive()
  drive.insert(new Disc({ kind: 'dvd-ram', blocks: 1600, ...disc }))
  settleIn(drive)
  const { dir, remove } = socketDir()
  const log: string[] = []
  const kernel: Stage['kernel'] = { diskseq: '7', looks: 0 }
  const at = (level: string) => (text: string) => log.push(`${level}: ${text}`)
  const standBy = await startStandBy({
    drive: 'sr0',
    backend: 'direct',
    medium: 'dvd-ram',
    transport: drive.transport(),
    runtimeDir: dir,
    diskseq: () => kernel.diskseq,
    look: async () => {
      kernel.looks++
    },
    log: { error: at('error'), warning: at('warning'), info: at('info') },
    watchMs: 10,
    noticeMs: 50,
    ...options,
  })
  onTestFinished(async () => {
    await standBy.stop('end of the test')
    await standBy.ended
    remove()
  })
  return { drive, dir, log, kernel, standBy }
}

const opcodes = (drive: Drive) => drive.counters.log.map((entry) => entry.opcode)

describe('direct', () => {
  test('says what it is, locks the door, never writes', async () => {
    const { dir, drive } = await stage()
    expect(JSON.parse(await ask(`${dir}/status.sock`))).toMatchObject({
      drive: 'sr0',
      state: 'serving',
      backend: 'direct',
      medium: 'dvd-ram',
      diskseq: '7',
    })
    expect(drive.prevent).toBe(1)
    expect(opcodes(drive)).not.toContain(0x2a)
  })

  test('the button: told in a file, each time; the disc stays', async () => {
    const { dir, drive, standBy } = await stage()
    const button = `${dir}/button`
    expect(existsSync(button)).toBe(false)
    expect(drive.pressEject()).toBe('requested')
    await expect.poll(() => existsSync(button)).toBe(true)
    const first = readFileSync(button, 'utf8')
    await sleep(20)
    drive.pressEject()
    await expect.poll(() => readFileSync(button, 'utf8')).not.toBe(first)
    expect(standBy.status().state).toBe('serving')
  })

  test('flush empties the cache of the drive, which the kernel does not', async () => {
    const engine = await stage()
    write10(engine.drive, 16, Buffer.alloc(16 * 2048, 5))
    expect(engine.drive.disc?.read(16, 1)[0]).toBe(0)
    expect(await control(engine, { do: 'flush' })).toEqual({ ok: true })
    expect(engine.drive.disc?.read(16, 1)[0]).toBe(5)
  })

  test('a flush that fails is told with the reason', async () => {
    const engine = await stage()
    write10(engine.drive, 16, Buffer.alloc(16 * 2048, 5))
    engine.drive.faults.failSector(16, 'write')
    const answer = await control(engine, { do: 'flush' })
    expect(answer).toMatchObject({ ok: false, error: expect.stringContaining('3/0C/00') })
  })

  test('stopped: the cache first', async () => {
    const { drive, standBy } = await stage()
    write10(drive, 16, Buffer.alloc(16 * 2048, 5))
    expect(await standBy.stop('SIGTERM')).toMatchObject({ exitCode: 0 })
    await standBy.ended
    expect(drive.disc?.read(16, 1)[0]).toBe(5)
  })

  test('stopped with writes that fail: 1', async () => {
    const { drive, standBy, log } = await stage()
    write10(drive, 16, Buffer.alloc(16 * 2048, 5))
    drive.faults.failSector(16, 'write')
    expect(await standBy.stop('SIGTERM')).toMatchObject({ exitCode: 1 })
    expect(log.join('\n')).toMatch(/error: sr0: the last writes may not be on the disc/)
  })

  test('the pinhole: seen although the kernel does not poll; the kernel is made to look', async () => {
    const { drive, kernel, standBy } = await stage()
    drive.pullByForce()
    expect(await standBy.ended).toEqual({ exitCode: 0, why: 'the disc was taken out of sr0' })
    expect(kernel.looks).toBe(1)
  })

  test('another disc, as the kernel counts: ends, and nothing more goes out', async () => {
    const { drive, kernel, standBy } = await stage()
    kernel.diskseq = '8'
    const { exitCode, why } = await standBy.ended
    expect([exitCode, why]).toEqual([0, expect.stringContaining('swapped')])
    expect(opcodes(drive)).not.toContain(0x35)
  })

  test('an event of the time before is no news', async () => {
    const drive = new Drive()
    drive.insert(new Disc({ kind: 'dvd-ram', blocks: 1600 }))
    const { standBy } = await stage({ transport: drive.transport() })
    await sleep(60)
    expect(standBy.status().state).toBe('serving')
  })

  test('a drive without media events: said once, not asked again', async () => {
    const drive = new Drive()
    drive.insert(new Disc({ kind: 'dvd-ram', blocks: 1600 }))
    settleIn(drive)
    drive.faults.failCommand(0x4a, '5/20/00', 100)
    const { log } = await stage({ transport: drive.transport() })
    await sleep(60)
    expect(log.filter((line) => line.includes('tells nobody of its button'))).toHaveLength(1)
    expect(drive.counters.of(0x4a)).toBe(1)
  })

  test('a drive that is busy for once is asked again', async () => {
    const { dir, drive } = await stage()
    drive.faults.failCommand(0x4a, '2/04/08', 2)
    await sleep(40)
    drive.pressEject()
    await expect.poll(() => existsSync(`${dir}/button`)).toBe(true)
  })
})

describe('pktcdvd', () => {
  test('the button is left to the kernel; the door is locked again when the driver unlocked it', async () => {
    const { drive } = await stage({ backend: 'pktcdvd' })
    drive.prevent = 0
    await expect.poll(() => drive.prevent).toBe(1)
    expect(opcodes(drive)).not.toContain(0x4a)
  })
})

test('no drive: engine.no-drive', async () => {
  const failed = await stage({ diskseq: () => undefined }).catch((error: unknown) => error)
  expect(failed).toMatchObject({ diagnostic: { code: 'engine.no-drive' } })
})

test('who writes the disc, from what was kept when it was taken up', async () => {
  const { dir, remove } = socketDir()
  onTestFinished(remove)
  mkdirSync(`${dir}/seen`)
  const keep = (name: string, text: string) => writeFileSync(`${dir}/seen/${name}`, text)
  keep('sr0.3', 'PKTW_BACKEND=direct\nPKTW_MEDIUM=dvd+rw\n')
  keep('sr0.4', 'PKTW_BACKEND=pktcdvd\nPKTW_MEDIUM=floppy\n')
  keep('sr0.5', 'PKTW_MEDIUM=cd-rw\n')
  const of = (diskseq: string) => assignmentOf('sr0', diskseq, `${dir}/seen`)
  expect(await of('3')).toEqual({ backend: 'direct', medium: 'dvd+rw' })
  expect(await of('4')).toEqual({ backend: 'pktcdvd' })
  expect(await of('5')).toEqual({ backend: 'engine', medium: 'cd-rw' })
  expect(await of('6')).toEqual({ backend: 'engine' })
})
