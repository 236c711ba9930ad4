import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { eject } from '../../src/cli/eject.ts'
import { map, unmap } from '../../src/cli/map.ts'
import { busyDiscs } from '../../src/cli/uninstall.ts'
import { diagnose } from '../../src/diagnostics/catalogue.ts'
import { Stop } from '../../src/diagnostics/stop.ts'
import { formatShutTray } from '../../src/disc/shut-tray.ts'
import { hear } from '../hear.ts'
import { temporaryRoot } from '../steps/tree.ts'
import { machine } from './machine.ts'

/** Stands for the mounted disc: what is below it in /proc counts as being on the disc. */
let disc: string
const children: ReturnType<typeof spawn>[] = []
const said = hear(process.stdout)
const errors = hear(process.stderr)

beforeEach(() => {
  disc = path.join(temporaryRoot(), 'disc')
  mkdirSync(disc)
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A real process whose working directory is on the disc. */
async function holder(script = 'setInterval(() => {}, 1000)'): Promise<ReturnType<typeof spawn>> {
  const child = spawn(process.execPath, ['-e', `${script}; console.log('ready')`], {
    cwd: disc,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  children.push(child)
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  return child
}

const withDisc = () =>
  machine(
    {
      '/sys/class/block/sr0/dev': '11:0\n',
      '/sys/class/block/nbd0/dev': '43:0\n',
      '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
      '/proc/self/mountinfo': `40 21 43:0 / ${disc} rw shared:9 - udf /dev/nbd0 rw\n`,
    },
    { systemctl: {} },
  )
const ejected = ['systemctl --no-ask-password start -- pktw-eject@sr0.service']
const options = { drive: undefined, force: false, yes: false }
const stopped = async (work: Promise<unknown>): Promise<string[]> => {
  const error = await work.catch((e: unknown) => e)
  if (!(error instanceof Stop)) throw new Error(`not stopped: ${String(error)}`)
  return error.diagnostics.map((d) => `${d.code} ${d.message}`)
}

describe('eject', () => {
  test('a disc that nobody uses is ejected by its unit', async () => {
    const system = withDisc()
    expect(await eject(options, system)).toBe(0)
    expect(system.commands).toEqual(ejected)
  })

  test('a unit that fails without a word is told by its exit code', async () => {
    const system = machine({ '/sys/class/block/sr0/dev': '11:0\n' }, { systemctl: { code: 5 } })
    expect(await stopped(eject(options, system))).toEqual([
      'cli.unit-failed systemd could not start pktw-eject@sr0.service: exit code 5',
    ])
  })

  test('what the unit says of why the tray stays shut is told in the place of its failure', async () => {
    const why = diagnose('eject.not-on-disc', { drive: 'sr0', why: '3/0C/00' })
    const disc = { '/sys/class/block/sr0/dev': '11:0\n', '/sys/class/block/sr0/diskseq': '7\n' }
    const leaves = { '/run/pktw/shut/sr0': formatShutTray('7', why) }
    const system = machine({ ...disc, '/run/pktw/shut/sr1': '' }, { systemctl: { code: 1, leaves } })
    expect(await stopped(eject(options, system))).toEqual([`${why.code} ${why.message}`])
  })

  test('a program that uses the disc keeps the tray shut, and is named', async () => {
    const child = await holder()
    const system = withDisc()
    const [told] = await stopped(eject(options, system))
    expect(told).toContain('cli.disc-held')
    expect(told).toContain(`process ${child.pid}`)
    expect(system.commands).toEqual([])
  })

  test('--force says what it will end, and does nothing unconfirmed', async () => {
    const child = await holder()
    const system = withDisc()
    expect((await stopped(eject({ ...options, force: true }, system)))[0]).toContain('cli.no-confirmation')
    expect(said.text).toContain(`(process ${child.pid}): ${disc}`)
    expect([child.exitCode, child.signalCode, system.commands]).toEqual([null, null, []])
  })

  test('--force --yes ends it and ejects', async () => {
    const child = await holder()
    const ended = once(child, 'exit')
    const system = withDisc()
    expect(await eject({ ...options, force: true, yes: true }, system)).toBe(0)
    expect(await ended).toEqual([null, 'SIGTERM'])
    expect(system.commands).toEqual(ejected)
  })

  test('a program that does not end keeps the tray shut all the same', async () => {
    const child = await holder("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)")
    const system = withDisc()
    const told = await stopped(eject({ ...options, force: true, yes: true }, system, 300))
    expect(told).toEqual([expect.stringMatching(`cli.still-held .*process ${child.pid}`)])
    expect(system.commands).toEqual([])
  })
})

describe('a LUKS volume on the disc, which no mount table shows', () => {
  const onDisc = () =>
    machine(
      {
        '/sys/class/block/sr0/dev': '11:0\n',
        '/sys/class/block/nbd0/dev': '43:0\n',
        '/sys/class/block/nbd0/holders/dm-3/dev': '253:3\n',
        '/sys/class/block/dm-3/dm/name': 'vault\n',
        '/run/pktw/map/nbd0': 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\n',
        '/proc/self/mountinfo': '40 21 253:3 / /mnt rw - ext4 /dev/mapper/vault rw\n',
      },
      { systemctl: {} },
    )
  const told = 'cli.disc-in-use the disc in sr0 is in use by the volume “vault” (dm-3)'

  test('keeps the tray shut, and the disc mapped', async () => {
    const system = onDisc()
    expect(await stopped(eject(options, system))).toEqual([told])
    expect(await stopped(unmap({ drive: undefined }, system))).toEqual([told])
    expect(await busyDiscs(system)).toMatchObject([{ code: 'cli.disc-in-use' }])
    expect(system.commands).toEqual([])
  })
  test('--force says what is cut off, does nothing unconfirmed, and then tells what it did', async () => {
    const system = onDisc()
    expect((await stopped(eject({ ...options, force: true }, system)))[0]).toContain('cli.no-confirmation')
    expect([said.text, system.commands]).toEqual([
      expect.stringContaining('cut off from the volume “vault”'),
      [],
    ])
    expect(await eject({ ...options, force: true, yes: true }, system)).toBe(0)
    expect(system.commands).toEqual(['systemctl --no-ask-password stop -- pktw@sr0.service', ...ejected])
    expect(errors.text).toContain('cli.cut-off')
  })
  test('who is not root cannot cut it off', async () => {
    const system = { ...onDisc(), uid: 1000 }
    expect(await stopped(eject({ ...options, force: true, yes: true }, system))).toEqual([told])
  })
})

test('uninstall knows whose disc it would cut off', async () => {
  const child = await holder()
  expect(await busyDiscs(withDisc())).toMatchObject([
    { code: 'install.disc-in-use', message: expect.stringContaining(`process ${child.pid}`) },
  ])
})

test('map tells why a disc cannot be taken up, and what to do', async () => {
  const properties = 'ID_CDROM_MEDIA=1\nPKTW_STATE=blank\nPKTW_REASON=media.blank-cd-rw\n'
  const system = machine({ '/sys/class/block/sr0/dev': '11:0\n' }, { udevadm: { stdout: properties } })
  const error = await map({ drive: 'sr0' }, system).catch((e: unknown) => e)
  expect((error as Stop).diagnostics[0]).toMatchObject({
    code: 'cli.not-ready',
    message: expect.stringContaining('blank'),
    remedy: expect.stringContaining('pktw prepare'),
  })
})
