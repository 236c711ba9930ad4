// org.pktw.Pktw1 as a caller meets it: on a private bus with the real dbus-daemon, and a systemd that changes files.
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  busName,
  driveInterface,
  drivePath,
  jobInterface,
  jobPath,
  managerInterface,
  rootPath,
} from '../../src/artifacts/bus/interfaces.ts'
import { callDrive } from '../../src/bus/client.ts'
import { type Bus, BusError, Variant } from '../../src/bus/connection.ts'
import { diagnose } from '../../src/diagnostics/catalogue.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import { formatShutTray } from '../../src/disc/shut-tray.ts'
import { stayMark } from '../../src/disc/stay.ts'
import { preparationPaths } from '../../src/system/preparation.ts'
import {
  blankDisc,
  type Desk,
  type DeskOptions,
  happens,
  mapped,
  mountedBy,
  readyDisc,
  startDesk,
  unmapped,
  usual,
} from './desk.ts'
import { needBus, type PrivateBus, startBus } from './private-bus.ts'

let bus: PrivateBus | undefined
let client: Bus
let desk: Desk | undefined
beforeEach(async (context) => {
  needBus(context)
  bus ??= await startBus()
  client = await bus.connect()
})
afterEach(async () => {
  client?.close()
  await desk?.end()
  desk = undefined
})
afterAll(() => bus?.stop())

const start = async (options?: DeskOptions): Promise<Desk> => {
  desk = await startDesk(bus!, options)
  return desk
}

const sr0 = drivePath('sr0')
const properties = 'org.freedesktop.DBus.Properties'
const ask = (path: string, iface: string, member: string, signature = '', body: unknown[] = []) =>
  client.call({ destination: busName, path, interface: iface, member, signature, body, timeoutMs: 20_000 })
const call = (member: string, signature = '', body: unknown[] = []) =>
  ask(sr0, driveInterface.name, member, signature, body)
const insideOf = (variant: unknown): unknown => (variant as Variant).value
const property = async (name: string) =>
  insideOf((await ask(sr0, properties, 'Get', 'ss', [driveInterface.name, name]))[0])
const refused = async (work: Promise<unknown>): Promise<BusError> => {
  const error = await work.catch((e: unknown) => e)
  if (!(error instanceof BusError)) throw new Error(`not refused: ${String(error)}`)
  return error
}
/** Signals of a member, as they come. */
async function hear(member: string, wanted = 1): Promise<() => Promise<unknown[][]>> {
  const heard: unknown[][] = []
  let tell = () => {}
  const enough = new Promise<void>((resolve) => {
    tell = resolve
  })
  await client.onSignal(`sender='${busName}',member='${member}'`, { member }, ({ body }) => {
    heard.push(body)
    if (heard.length >= wanted) tell()
  })
  return async () => {
    await enough
    return heard
  }
}

describe('a disc', () => {
  test('goes through all verbs', async () => {
    await start()
    expect(await property('State')).toBe('ready')
    expect(await property('Label')).toBe('PHOTOS')
    expect(await property('BlockDevice')).toBe('')
    expect([await property('Clean'), await property('DirtyBytes')]).toEqual(['', 0n])
    expect(await call('Map')).toEqual(['/dev/nbd0'])
    expect(await property('BlockDevice')).toBe('/dev/nbd0')
    expect(await property('Backend')).toBe('engine')
    // Nothing answers here, and that is no clean disc.
    expect([await property('Clean'), await property('DirtyBytes')]).toEqual(['unknown', 2n ** 64n - 1n])
    expect(await call('Mount')).toEqual(['/media/cdvdrw'])
    expect(await property('MountPoints')).toEqual(['/media/cdvdrw'])
    expect(await call('Mount')).toEqual(['/media/cdvdrw'])
    expect(await call('Unmount')).toEqual([])
    expect(await desk?.system.exists(stayMark('sr0'))).toBe(true)
    expect(await property('MountPoints')).toEqual([])
    expect(await call('Unmap')).toEqual([])
    expect(await call('Eject')).toEqual([])
    expect(await property('Job')).toBe('/')
  })

  test('is told as it changes, to who has looked once', async () => {
    await start({ files: mapped })
    const [objects] = await ask(rootPath, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects')
    expect(Object.keys(objects as object)).toEqual([sr0])
    const changed = await hear('PropertiesChanged')
    // systemd has mounted it, nobody called us.
    await happens(client, { 'media-cdvdrw.mount': { ActiveState: 'active' } }, mountedBy(0))
    await happens(client, {}, { '/run/pktw/held/sr0': 'x' })
    const [first = []] = await changed()
    expect(first[0]).toBe(driveInterface.name)
    expect(insideOf((first[1] as Record<string, Variant>).MountPoints)).toEqual(['/media/cdvdrw'])
  })

  test('has a job while something is done to it', async () => {
    await start({
      files: mapped,
      effects: { ...usual(), 'start pktw-eject@sr0.service': { files: unmapped, delay: 300 } },
    })
    const added = await hear('InterfacesAdded')
    const finished = await hear('Finished')
    const removed = await hear('InterfacesRemoved')
    const done = call('Eject')
    const [job = []] = await added()
    expect(job[0]).toBe(jobPath('eject', 'sr0'))
    const told = (job[1] as Record<string, Record<string, Variant>>)[jobInterface.name]
    expect([told?.Operation?.value, told?.Drive?.value, told?.StartedBy?.value]).toEqual(['eject', sr0, 0])
    expect(await property('Job')).toBe(jobPath('eject', 'sr0'))
    await done
    expect(await finished()).toEqual([[true, '', '']])
    expect((await removed())[0]).toEqual([jobPath('eject', 'sr0'), [jobInterface.name]])
  })
})

describe('errors have a name and the next step', () => {
  test.each<[string, string, DeskOptions, string, string, string]>([
    [
      'blank',
      'Map',
      { udev: { sr0: { ID_CDROM_MEDIA: '1', PKTW_STATE: 'blank', PKTW_REASON: 'media.blank-dvd-rw' } } },
      'org.pktw.Error.NotReady',
      'cli.not-ready',
      'blank',
    ],
    [
      'no drive is empty',
      'Map',
      { udev: { sr0: {} } },
      'org.pktw.Error.NotReady',
      'cli.not-ready',
      'no disc',
    ],
    ['not mapped', 'Mount', {}, 'org.pktw.Error.NotMapped', 'cli.not-mapped', 'pktw map sr0'],
    [
      'left to udisks',
      'Mount',
      { files: mapped, settings: { style: 'udisks', mounts: [] } },
      'org.pktw.Error.MountByUdisks',
      'bus.mount-by-udisks',
      'udisksctl mount --block-device /dev/nbd0',
    ],
    [
      'a unit that fails',
      'Map',
      { effects: { 'start pktw@sr0.service': { result: 'failed', state: 'failed' } } },
      'org.pktw.Error.UnitFailed',
      'cli.unit-failed',
      'journalctl -u pktw@sr0.service',
    ],
    [
      'a tray that stays shut',
      'Eject',
      {
        files: {
          '/sys/devices/pci/host0/block/sr0/diskseq': '7\n',
          '/run/pktw/shut/sr0': formatShutTray(
            '7',
            diagnose('eject.not-on-disc', { drive: 'sr0', why: '3/0C/00' }),
          ),
        },
        effects: { 'start pktw-eject@sr0.service': { result: 'failed', state: 'failed' } },
      },
      'org.pktw.Error.EjectNotOnDisc',
      'eject.not-on-disc',
      '3/0C/00',
    ],
    ['not installed', 'Map', { effects: {} }, 'org.pktw.Error.NotInstalled', 'cli.not-installed', 'install'],
    [
      'a mount that stays',
      'Unmount',
      { files: mountedBy(0), effects: { 'stop media-cdvdrw.mount': { result: 'failed' } } },
      'org.pktw.Error.StillMounted',
      'cli.still-mounted',
      '/media/cdvdrw',
    ],
    ['nothing to cancel', 'Cancel', {}, 'org.pktw.Error.PrepareNotRunning', 'prepare.not-running', 'status'],
  ])('%s: %s', async (_, method, options, name, code, text) => {
    await start(options)
    const error = await refused(call(method))
    expect(error.error).toBe(name)
    expect(error.message).toContain(text)
    // As `pktw` tells it: the same code, with the remedy on a line of its own.
    const stop = await callDrive('sr0', method, {}, bus!.address).catch((e: unknown) => e)
    expect(stop).toBeInstanceOf(Stop)
    expect((stop as Stop).diagnostics[0]).toMatchObject({ code, remedy: expect.stringMatching(/\S/) })
    // Of an unmount that came to nothing: the desktop's next one is its eject.
    expect(await desk?.system.exists(stayMark('sr0'))).toBe(false)
  })

  test('a drive that is gone, a service that is not there', async () => {
    await start()
    const stopOf = async (drive: string, address?: string) =>
      ((await callDrive(drive, 'Map', {}, address).catch((e: unknown) => e)) as Stop).diagnostics[0]?.code
    expect(await stopOf('sr9', bus!.address)).toBe('bus.no-such-drive')
    expect(await stopOf('sr0', `unix:path=${bus!.directory}/nobody`)).toBe('bus.unreachable')
    await desk?.end()
    expect(await stopOf('sr0', bus!.address)).toBe('bus.unreachable')
  })

  test('no systemd', async () => {
    const { systemd } = await start()
    systemd.kill('SIGKILL')
    await once(systemd, 'exit')
    const stop = await callDrive('sr0', 'Map', {}, bus!.address).catch((e: unknown) => e)
    expect((stop as Stop).diagnostics[0]?.code).toBe('bus.systemd-silent')
  })
})

describe('who waits is told that it has begun', () => {
  const slow = {
    effects: {
      ...usual(),
      'start pktw-unmap@sr0.service': { delay: 1500, files: unmapped, state: 'inactive' },
    },
  }
  const unmap = (begun: string[], name: string) =>
    callDrive('sr0', 'Unmap', { onBegun: () => begun.push(name) }, bus!.address)

  test('when it is allowed, before it is done; who joins as well', async () => {
    await start({ files: mapped, ...slow })
    const begun: string[] = []
    const added = await hear('InterfacesAdded')
    const first = unmap(begun, 'first').then(() => begun.push('done'))
    await added()
    await Promise.all([first, unmap(begun, 'second')])
    expect(begun).toEqual(['first', 'second', 'done'])
  })

  test('not at all, when it comes to nothing', async () => {
    await start()
    const begun: string[] = []
    const asked = callDrive('sr0', 'Mount', { onBegun: () => begun.push('begun') }, bus!.address)
    expect(((await asked.catch((e: unknown) => e)) as Stop).diagnostics[0]?.code).toBe('cli.not-mapped')
    expect(begun).toEqual([])
  })
})

describe('a preparation', () => {
  const state = (phase: string, more: object = {}) =>
    `${JSON.stringify({ version: 1, drive: 'sr0', diskseq: '7', phase, disc: 'unchanged', startedAt: Date.now() + 1000, updatedAt: 1, phaseStartedAt: 1, ...more })}\n`
  const prepare = 'pktw-prepare@sr0.service'

  test('is ordered, told as a job, and cancelled', async () => {
    const { system } = await start({
      udev: { sr0: blankDisc },
      effects: {
        [`start ${prepare}`]: { delay: 2000, result: 'canceled', state: 'inactive' },
        [`stop ${prepare}`]: { state: 'inactive' },
      },
    })
    const options = { label: new Variant('s', 'Holiday'), full: new Variant('b', true) }
    expect(await call('Prepare', 'a{sv}', [options])).toEqual([jobPath('prepare', 'sr0')])
    const order = JSON.parse(readFileSync(path.join(system.root, preparationPaths.order('sr0')), 'utf8'))
    // Blank as far as anybody knows: if it is not, nobody has agreed to lose what is on it.
    expect(order).toEqual({
      ...{ version: 1, diskseq: '7', profile: 0x1a, full: true, erase: false, label: 'Holiday' },
      ...{ uid: 0, gid: 60 },
    })
    const told = await hear('PropertiesChanged')
    const half = { perMille: 500, rate: 1000, endsAt: Date.now() + 60_000, blocks: 2048 }
    await happens(client, {}, { [preparationPaths.state('sr0')]: state('formatting', half) })
    await told()
    const get = async (name: string) =>
      insideOf((await ask(jobPath('prepare', 'sr0'), properties, 'Get', 'ss', [jobInterface.name, name]))[0])
    expect(await get('Phase')).toBe('formatting')
    expect([await get('Progress'), await get('Rate'), await get('BytesLeft')]).toEqual([0.5, 1000n, 2097152n])
    expect((await refused(call('Prepare', 'a{sv}', [{}]))).error).toBe('org.pktw.Error.PrepareRunning')
    const finished = await hear('Finished')
    expect(await call('Cancel')).toEqual([])
    const error = { code: 'prepare.cancelled', message: 'it was cancelled', remedy: 'again' }
    await happens(client, {}, { [preparationPaths.state('sr0')]: state('cancelled', { error }) })
    expect(await finished()).toEqual([[false, 'org.pktw.Error.PrepareCancelled', 'it was cancelled\nagain']])
  })

  test('that is cancelled ends once, with what the disc is then, though systemd says so before', async () => {
    await start({
      udev: { sr0: blankDisc },
      effects: { [`start ${prepare}`]: { delay: 700, result: 'canceled', state: 'inactive' } },
    })
    await call('Prepare', 'a{sv}', [{}])
    const finished = await hear('Finished')
    await happens(client, {}, { [preparationPaths.state('sr0')]: state('formatting') })
    await new Promise((later) => setTimeout(later, 1500))
    const error = { code: 'prepare.cancelled', message: 'it was cancelled', remedy: 'again' }
    await happens(client, {}, { [preparationPaths.state('sr0')]: state('cancelled', { error }) })
    expect(await finished()).toEqual([[false, 'org.pktw.Error.PrepareCancelled', 'it was cancelled\nagain']])
  })

  test.each([
    ['in-work', '7', 'begun'],
    ['formatted', '7', 'begun'],
    // Nobody has written to it, so what is found on it now was there before.
    ['unchanged', '7', undefined],
    ['erased', '7', undefined],
    // Of the disc before.
    ['in-work', '6', undefined],
  ])('goes on with a disc that an earlier one left %s (disc %s): %s', async (disc, diskseq, format) => {
    const { system } = await start({
      udev: { sr0: blankDisc },
      files: { [preparationPaths.state('sr0')]: state('cancelled', { disc, diskseq }) },
      effects: { [`start ${prepare}`]: { state: 'inactive' } },
    })
    await call('Prepare', 'a{sv}', [{}])
    const order = JSON.parse(readFileSync(path.join(system.root, preparationPaths.order('sr0')), 'utf8'))
    expect([order.erase, order.format]).toEqual([false, format])
  })

  test.each<[string, Record<string, Variant>, object, string, string]>([
    ['an option that is none', { lable: new Variant('s', 'x') }, blankDisc, 'bus.bad-option', 'BadOption'],
    ['a label that is a number', { label: new Variant('u', 7) }, blankDisc, 'bus.bad-option', 'BadOption'],
    ['erase that is a word', { erase: new Variant('s', 'no') }, blankDisc, 'bus.bad-option', 'BadOption'],
    ['a label with a slash', { label: new Variant('s', 'a/b') }, blankDisc, 'prepare.label', 'PrepareLabel'],
    ['no disc', {}, {}, 'prepare.no-disc', 'PrepareNoDisc'],
    ['a CD-R', {}, { ID_CDROM_MEDIA: '1' }, 'prepare.not-rewritable', 'PrepareNotRewritable'],
    ['a disc with data', {}, readyDisc, 'prepare.needs-erase', 'PrepareNeedsErase'],
  ])('%s is refused', async (_, options, udev, code, name) => {
    await start({ udev: { sr0: udev as Record<string, string> } })
    expect((await refused(call('Prepare', 'a{sv}', [options]))).error).toBe(`org.pktw.Error.${name}`)
    expect(code).toMatch(/^(bus|prepare)\./)
  })

  test.each([
    ['first', 'prepare_sr0'],
    // Another engine had it before this one: tar to /dev/pktw/sr0, Unmap, Map.
    ['again', 'PrepareNeedsErase'],
  ])('a formatted disc whose engine has written nothing: claimed %s, %s', async (claim, answer) => {
    const { system } = await start({
      udev: { sr0: { ...blankDisc, PKTW_STATE: 'ready', PKTW_MEDIUM: 'dvd+rw' } },
      files: { ...mapped, '/run/pktw/claims/sr0': `7 ${claim}\n`, '/run/pktw/sr0/.keep': '' },
      effects: { [`start ${prepare}`]: { state: 'inactive' } },
    })
    const stats = { requests: { reads: 3, writes: 0, flushes: 0 }, packetsWritten: 0, dirty: 0, errors: 0 }
    const told = { drive: 'sr0', state: 'serving', medium: 'dvd+rw', packetBlocks: 16, blocks: 16 }
    const engine = createServer((asked) => asked.end(JSON.stringify({ ...told, startedAt: 1, stats })))
    onTestFinished(() => void engine.close())
    engine.listen(path.join(system.root, 'run/pktw/sr0/status.sock'))
    await once(engine, 'listening')
    const given = await call('Prepare', 'a{sv}', [{}]).catch(({ error }: BusError) => [error])
    expect(given[0]).toContain(answer)
  })

  test('a mounted disc is refused', async () => {
    await start({ files: mountedBy(0) })
    const error = await refused(call('Prepare', 'a{sv}', [{ erase: new Variant('b', true) }]))
    expect(error.error).toBe('org.pktw.Error.PrepareMounted')
  })
})

test('what was lost is a property, and so is a journal that cannot be kept', async () => {
  const { system } = await start({ files: mountedBy(0) })
  mkdirSync(path.join(system.root, 'run/pktw/sr0'), { recursive: true })
  const status = {
    ...{ drive: 'sr0', state: 'serving', medium: 'dvd+rw', packetBlocks: 16, blocks: 1, startedAt: 1 },
    losses: [
      { lba: 32, blocks: 16, at: 1_700_000_000_123, why: '3/0C/00 write error\u0007' },
      {
        lba: 64,
        blocks: 16,
        at: 1_700_000_000_456,
        why: '3/0C/00',
        kept: '/var/lib/pktw/discs/journal/kept-1',
      },
    ],
    journalLost: 'ENOSPC',
    stats: { requests: {}, packetsWritten: 0, dirty: 3, errors: 1 },
  }
  const engine = createServer((asked) => asked.end(JSON.stringify(status)))
  onTestFinished(() => void engine.close())
  engine.listen(path.join(system.root, 'run/pktw/sr0/status.sock'))
  await once(engine, 'listening')
  // What was looked at a moment ago is not looked at again for somebody who only reads.
  await expect
    .poll(() => property('Losses'), { timeout: 10_000 })
    .toEqual([
      [32n, 16n, 1_700_000_000_123_000n, '3/0C/00 write error?', ''],
      [64n, 16n, 1_700_000_000_456_000n, '3/0C/00', '/var/lib/pktw/discs/journal/kept-1'],
    ])
  expect([await property('JournalLost'), await property('Clean')]).toEqual(['ENOSPC', 'no'])
})

describe('an engine that answers late', () => {
  const late = {
    ...{ drive: 'sr0', state: 'serving', medium: 'dvd+rw', packetBlocks: 16, blocks: 1, startedAt: 1 },
    ...{ backend: 'engine', stats: { requests: {}, packetsWritten: 0, dirty: 3, errors: 0 } },
  }
  /** Its status comes `delay` ms after it is asked. */
  async function slowEngine({ system }: Desk, delay: number): Promise<{ asked(): number }> {
    const directory = path.join(system.root, 'run/pktw/sr0')
    mkdirSync(directory, { recursive: true })
    let asked = 0
    const server = createServer((socket) => {
      asked += 1
      socket.on('error', () => undefined)
      setTimeout(() => socket.end(JSON.stringify(late)), delay)
    })
    server.listen(path.join(directory, 'status.sock'))
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return { asked: () => asked }
  }

  test('does not bring back what is gone meanwhile', async () => {
    const engine = await slowEngine(await start({ files: mountedBy(0) }), 200)
    const devices: unknown[] = []
    await client.onSignal(`sender='${busName}'`, { member: 'PropertiesChanged' }, ({ body }) => {
      const { BlockDevice } = body[1] as Record<string, Variant>
      if (BlockDevice !== undefined) devices.push(BlockDevice.value)
    })
    await property('State')
    await sleep(500)
    const before = engine.asked()
    while (engine.asked() === before) await sleep(2)
    await happens(client, { 'pktw@sr0.service': { ActiveState: 'inactive' } }, unmapped)
    await happens(client, {}, { '/run/pktw/held/sr0': 'x' })
    await call('Eject')
    await sleep(1000)
    expect(devices).toEqual([''])
  })

  test('does not bring back a job that has ended', async () => {
    await slowEngine(
      await start({
        files: mountedBy(0),
        effects: {
          ...usual(),
          'stop media-cdvdrw.mount': { files: { '/proc/self/mountinfo': '\n' }, delay: 1030 },
          'start pktw-eject@sr0.service': { files: unmapped, delay: 3000 },
        },
      }),
      400,
    )
    const jobs = new Map<unknown, number>()
    await client.onSignal(`sender='${busName}'`, { member: 'InterfacesAdded' }, ({ body }) => {
      jobs.set(body[0], (jobs.get(body[0]) ?? 0) + 1)
    })
    const both = [call('Unmount'), call('Eject')]
    await property('Job')
    await Promise.all(both)
    await sleep(1500)
    expect(Object.fromEntries(jobs)).toEqual({ [jobPath('unmount', 'sr0')]: 1, [jobPath('eject', 'sr0')]: 1 })
    expect(await property('Job')).toBe('/')
  })
})

describe('the service', () => {
  test('told to end: gives its name away, and answers what is in hand', async () => {
    let stop = (_: unknown): void => undefined
    const stopping = new Promise((resolve) => {
      stop = resolve
    })
    const { ended } = await start({
      files: mapped,
      stopping,
      effects: {
        ...usual(),
        'start pktw-eject@sr0.service': { files: unmapped, delay: 1000, state: 'inactive' },
      },
    })
    const eject = call('Eject')
    await property('State')
    stop(undefined)
    expect(await eject).toEqual([])
    await ended
    const error = await refused(call('Map'))
    expect(error.error).toMatch(/ServiceUnknown|NameHasNoOwner/)
  })

  test('ends when nobody needs it, and not while somebody who has read is there', async () => {
    const { ended } = await start({ idleMs: 300 })
    let over = false
    void ended.then(() => {
      over = true
    })
    expect(await property('State')).toBe('ready')
    await new Promise((later) => setTimeout(later, 1200))
    expect(over).toBe(false)
    client.close()
    await ended
  })

  test('introspection tells what the installed file tells', async () => {
    await start()
    const installed = readFileSync('dbus/org.pktw.Pktw1.xml', 'utf8')
    const bare = (xml: string, name: string): string =>
      (new RegExp(`<interface name="${name}">.*?</interface>`, 's').exec(xml)?.[0] ?? '')
        .replace(/\s*<annotation name="org.gtk.GDBus.DocString"[^>]*>/g, '')
        // An element without a child is written in either way.
        .replace(/>\s*<\/property>/g, '/>')
        .replace(/\s+/g, ' ')
    for (const [at, table] of [
      [rootPath, managerInterface],
      [sr0, driveInterface],
    ] as const) {
      const [xml] = await ask(at, 'org.freedesktop.DBus.Introspectable', 'Introspect')
      expect(bare(String(xml), table.name)).toBe(bare(installed, table.name))
    }
    const [root] = await ask('/', 'org.freedesktop.DBus.Introspectable', 'Introspect')
    expect(root).toContain('<node name="org"/>')
  })
})
