// The driver's sysfs, played: no kernel that Debian builds has pktcdvd (12 and 13 leave it out, Linux 6.17 removed it). What it does on
// a write is from drivers/block/pktcdvd.c of Linux 6.12, and as measured with 6.1. The real one: the lab's pktcdvd-mended.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { diagnose } from '../../src/diagnostics/catalogue.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import { mapPktcdvd, type PktcdvdHost, unmapPktcdvd } from '../../src/hooks/pktcdvd.ts'
import { temporaryRoot } from '../steps/tree.ts'

interface Driver {
  host: PktcdvdHost
  /** Paths and texts, in order. */
  written: string[]
  /** Lines of device_map. */
  map(): string[]
  loads: number
  /** The next add is swallowed: EBUSY in the driver, success to the writer. */
  refusing: boolean
  /** A program has the device open. */
  open: boolean
}

/** Drives sr0 (11:0) and sr1 (11:1). */
function driver(state: 'loaded' | 'loadable' | 'none', map: string[] = []): Driver {
  const sys = temporaryRoot()
  const folder = `${sys}/class/pktcdvd`
  for (const n of [0, 1]) {
    mkdirSync(`${sys}/class/block/sr${n}`, { recursive: true })
    writeFileSync(`${sys}/class/block/sr${n}/dev`, `11:${n}\n`)
  }
  const show = (): void => writeFileSync(`${folder}/device_map`, map.map((line) => `${line}\n`).join(''))
  const load = (): void => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(`${folder}/add`, '')
    show()
  }
  if (state === 'loaded') load()
  const self: Driver = {
    written: [],
    map: () => readFileSync(`${folder}/device_map`, 'utf8').split('\n').filter(Boolean),
    loads: 0,
    refusing: false,
    open: false,
    host: {
      sys,
      patienceMs: 300,
      loadModule: async () => {
        self.loads++
        if (state === 'loadable') load()
      },
      write: async (path, text) => {
        self.written.push(`${path.slice(sys.length)} ${text}`)
        if (path.endsWith('/add') && !self.refusing) {
          const free = [0, 1, 2].find((n) => !map.some((line) => line.startsWith(`pktcdvd${n} `)))
          map.push(`pktcdvd${free} 252:${free} ${text}`)
        }
        // EBUSY is not told either.
        if (path.endsWith('/remove') && !self.open)
          map.splice(0, map.length, ...map.filter((line) => line.split(' ')[1] !== text))
        show()
      },
    },
  }
  return self
}

const codeOf = async (job: Promise<unknown>): Promise<string> => {
  const error = await job.then(
    () => undefined,
    (e: unknown) => e,
  )
  if (!(error instanceof Stop)) throw new Error(`no Stop: ${error}`)
  expect(error.message).not.toMatch(/\{/)
  return error.diagnostics[0]?.code ?? ''
}

test('mapped, seen in device_map, requests held to one packet, unmapped', async () => {
  const { host, written, map } = driver('loaded')
  const { device, warning } = await mapPktcdvd('sr1', 0, 32, host)
  expect([device, warning.code]).toEqual(['pktcdvd0', 'backend.pktcdvd-defect'])
  expect(warning.message).toMatch(/pkt_start_write.*64 KiB/)
  expect(written).toEqual(['/class/pktcdvd/add 11:1', '/block/pktcdvd0/queue/max_sectors_kb 64'])
  expect(map()).toEqual(['pktcdvd0 252:0 11:1'])
  expect(await unmapPktcdvd('sr1', host)).toBeUndefined()
  expect(written.at(-1)).toBe('/class/pktcdvd/remove 252:0')
  expect(map()).toEqual([])
})

test('the module is loaded when it is not, and only once', async () => {
  const one = driver('loadable')
  expect((await mapPktcdvd('sr0', 0, 16, one.host)).device).toBe('pktcdvd0')
  expect(one.loads).toBe(1)
})

test('a kernel without it: refused, nothing written', async () => {
  const { host, written } = driver('none')
  expect(await codeOf(mapPktcdvd('sr0', 0, 16, host))).toBe('backend.pktcdvd-missing')
  expect(written).toEqual([])
})

test('the write says success though the driver refused', async () => {
  const one = driver('loaded')
  one.refusing = true
  expect(await codeOf(mapPktcdvd('sr0', 0, 16, one.host))).toBe('backend.pktcdvd-refused')
})

test('mapped by the rule of udftools already: taken over', async () => {
  const { host, written } = driver('loaded', ['pktcdvd0 252:0 11:0'])
  expect((await mapPktcdvd('sr0', 0, 16, host)).device).toBe('pktcdvd0')
  expect(written).toEqual(['/block/pktcdvd0/queue/max_sectors_kb 32'])
})

test('another name than that of the mount point: given back', async () => {
  const { host, map } = driver('loaded', ['pktcdvd0 252:0 11:0'])
  expect(await codeOf(mapPktcdvd('sr1', 0, 16, host))).toBe('backend.pktcdvd-name')
  expect(map()).toEqual(['pktcdvd0 252:0 11:0'])
})

test('requests that cannot be held down: given back, since the driver would stop at the first large one', async () => {
  const { host, map } = driver('loaded')
  const write = host.write
  host.write = (path, text) =>
    path.endsWith('max_sectors_kb') ? Promise.reject(new Error('EINVAL')) : write(path, text)
  expect(await codeOf(mapPktcdvd('sr0', 0, 16, host))).toBe('backend.pktcdvd-requests')
  expect(map()).toEqual([])
})

test('still open somewhere: tried for a while, then said', async () => {
  const one = driver('loaded', ['pktcdvd0 252:0 11:0'])
  one.open = true
  const kept = diagnose('backend.pktcdvd-kept', { drive: 'sr0', device: 'pktcdvd0' })
  expect(await unmapPktcdvd('sr0', one.host)).toEqual(kept)
  expect(one.written.length).toBeGreaterThan(1)
})
