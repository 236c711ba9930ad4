// What 61-pktw.rules makes of events: recorded ones in short, and those that must be left alone.
import { describe, expect, test } from 'vitest'
import { generate } from '../../src/artifacts/generate.ts'
import { layouts } from '../../src/artifacts/layouts.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { readUdevLine } from '../render/grammars.ts'
import { type Event, play } from './udev-machine.ts'

const templates = loadTemplates()
const rulesFor = (yaml: string): string => {
  const settings = parseSettings(yaml, 'x').value
  const made = generate(settings!, layouts.debian, templates)
  return made.value!.find((a) => a.kind === 'udev-rules')!.text
}
const rules = rulesFor('')

const ready = 'PKTW_STATE=ready\nPKTW_MEDIUM=cd-rw\nPKTW_PACKET=32\nPKTW_WRITABLE=1\n'
const disc = (property: string, more: Partial<Event> = {}): Event => ({
  kernel: 'sr0',
  probe: ready,
  ...more,
  env: { ID_CDROM: '1', ID_CDROM_MEDIA: '1', DISKSEQ: '7', [property]: '1', ...more.env },
})

describe('house style (udevadm verify of systemd 254)', () => {
  const lines = rules.split('\n')
  test('tokens with comma and space, guards first, one end', () => {
    const code = lines.filter((line) => line !== '' && !line.startsWith('#'))
    for (const line of code) {
      const operators = readUdevLine(line).map(({ op }) => /^[=!]=$/.test(op))
      expect(operators.lastIndexOf(true), line).toBeLessThanOrEqual(operators.filter(Boolean).length - 1)
    }
    expect(code.at(-1)).toBe('LABEL="pktw_end"')
  })
  test('every label is used, and every GOTO leads on', () => {
    const of = (key: string) =>
      lines.flatMap((l) => [...l.matchAll(new RegExp(`${key}="(\\w+)"`, 'g'))].map((m) => m[1]))
    expect([...new Set(of('GOTO'))].sort()).toEqual(of('LABEL').sort())
  })
})

describe('a disc goes in', () => {
  test.each([
    'ID_CDROM_MEDIA_CD_RW',
    'ID_CDROM_MEDIA_DVD_RW',
    'ID_CDROM_MEDIA_DVD_PLUS_RW',
    'ID_CDROM_MEDIA_DVD_RAM',
    'ID_CDROM_MEDIA_BD_RE',
  ])('%s: asked, taken up, kept from automounters', (property) => {
    const result = play(rules, disc(property))
    expect(result.asked).toEqual([
      '/usr/bin/node --jitless /usr/lib/pktw/pktw-probe.mjs --backend engine /dev/sr0',
    ])
    expect(result.env).toMatchObject({ SYSTEMD_WANTS: 'pktw@sr0.service', UDISKS_IGNORE: '1' })
    expect(result.tags).toContain('systemd')
  })

  test('the same disc again: not asked, not wanted, still kept from automounters', () => {
    const result = play(rules, disc('ID_CDROM_MEDIA_CD_RW', { files: { '/run/pktw/seen/sr0.7': ready } }))
    expect(result.asked).toEqual([])
    expect(result.env.SYSTEMD_WANTS).toBeUndefined()
    expect(result.env.UDISKS_IGNORE).toBe('1')
  })
  test('another disc, swapped quickly: asked', () => {
    const event = disc('ID_CDROM_MEDIA_CD_RW', { files: { '/run/pktw/seen/sr0.6': ready } })
    expect(play(rules, event).env.SYSTEMD_WANTS).toBe('pktw@sr0.service')
  })

  test.each(['blank', 'unformatted', 'protected', 'unsupported'])('%s: as without pktw', (state) => {
    const event = disc('ID_CDROM_MEDIA_DVD_RAM', {
      probe: `PKTW_STATE=${state}\nPKTW_MEDIUM=dvd-ram\nPKTW_WRITABLE=0\n`,
    })
    const { env, tags, run, links } = play(rules, event)
    expect([tags, run, links]).toEqual([[], [], []])
    expect(Object.keys(env).filter((k) => /^(UDISKS|SYSTEMD)/.test(k))).toEqual([])
  })
  test('the probe fails: as without pktw', () => {
    const { probe: _, ...event } = disc('ID_CDROM_MEDIA_DVD_RAM')
    expect(play(rules, event).env).toEqual(event.env)
  })
})

describe('none of our business', () => {
  const sr = { ID_CDROM: '1', ID_CDROM_MEDIA: '1', DISKSEQ: '3' }
  test.each<[string, Event]>([
    ['a pressed CD', { kernel: 'sr0', env: { ...sr, ID_CDROM_MEDIA_CD: '1' } }],
    ['a DVD-R', { kernel: 'sr0', env: { ...sr, ID_CDROM_MEDIA_DVD_R: '1' } }],
    ['an empty drive', { kernel: 'sr0', env: { ID_CDROM: '1', DISK_MEDIA_CHANGE: '1', SYSTEMD_READY: '0' } }],
    ['a drive that goes', { kernel: 'sr0', action: 'remove', env: { ...sr, ID_CDROM_MEDIA_CD_RW: '1' } }],
    ['its SCSI node', { kernel: 'sg0', subsystem: 'scsi_generic' }],
    ['a disk', { kernel: 'sda', env: { DEVTYPE: 'disk' } }],
    [
      'another network block device',
      { kernel: 'nbd1', env: { DEVTYPE: 'disk' }, files: { '/run/pktw/map/nbd0': '' } },
    ],
    [
      'a partition of one',
      {
        kernel: 'nbd0p1',
        parent: 'nbd0',
        env: { DEVTYPE: 'partition' },
        files: { '/run/pktw/map/nbd1': '' },
      },
    ],
    [
      'the button of a drive that we do not hold',
      { kernel: 'sr1', env: { DISK_EJECT_REQUEST: '1' }, files: { '/run/pktw/held/sr0': '' } },
    ],
  ])('%s', (_name, event) => {
    const before = { ...event, run: ['cdrom_id --eject-media $devnode'] }
    expect(play(rules, before)).toEqual({
      env: event.env ?? {},
      tags: [],
      links: [],
      run: before.run,
      asked: [],
      called: [],
    })
  })
})

test('the button of a drive that we hold: our unit takes the place of the ejection', () => {
  const result = play(rules, {
    kernel: 'sr0',
    env: { DISK_EJECT_REQUEST: '1' },
    files: { '/run/pktw/held/sr0': '' },
    run: ['cdrom_id --eject-media /dev/sr0'],
  })
  expect(result.run).toEqual(['/usr/bin/systemctl --no-block start pktw-eject@sr0.service'])
  expect(result.env.UDISKS_IGNORE).toBe('1')
})

describe('the packet device', () => {
  const map = 'PKTW_DRIVE=sr1\nPKTW_SLOT=1\nPKTW_MEDIUM=dvd-ram\n'
  const event: Event = { kernel: 'nbd3', env: { DEVTYPE: 'disk' }, files: { '/run/pktw/map/nbd3': map } }
  const filesystem = { ...event, env: { ...event.env, ID_FS_USAGE: 'filesystem', ID_FS_TYPE: 'udf' } }

  test('links, permissions, hints', () => {
    const { links, group, mode, tags, env } = play(rules, event)
    expect(links).toEqual(['pktw/sr1', 'pktcdvd/pktcdvd1'])
    expect([group, mode]).toEqual(['cdrom', '0660'])
    expect(tags).toEqual(expect.arrayContaining(['uaccess', 'seat', 'systemd']))
    expect(env).toMatchObject({ UDISKS_NAME: 'DVD-RAM', SYSTEMD_MOUNT_DEVICE_BOUND: '1', UDISKS_AUTO: '0' })
    expect(env.UDISKS_MOUNT_OPTIONS_DEFAULTS).toContain('noatime')
  })
  test('mounted once it holds a file system, at the mount point of its slot', () => {
    expect(play(rules, event).env.SYSTEMD_WANTS).toBeUndefined()
    expect(play(rules, filesystem).env.SYSTEMD_WANTS).toBe('media-cdvdrw1.mount')
  })
  test('given back when it is no longer ours', () => {
    const { env, group, mode, links } = play(rules, { ...event, files: {}, db: { PKTW_DRIVE: 'sr1' } })
    expect([group, mode]).toEqual(['disk', '0660'])
    expect(env.PKTW_DRIVE).toBeUndefined()
    expect(links).toEqual([])
  })
  test('its partitions: the same group, seat and hints, a link of their own; systemd does not mount them', () => {
    const part: Event = {
      ...{ kernel: 'nbd3p2', parent: 'nbd3', files: event.files ?? {} },
      env: { DEVTYPE: 'partition', ID_FS_USAGE: 'filesystem', ID_FS_LABEL: 'SHUTTLE' },
    }
    const { links, group, mode, tags, env } = play(rules, part)
    expect([links, group, mode]).toEqual([['pktw/sr1-part2'], 'cdrom', '0660'])
    expect(tags).toEqual(expect.arrayContaining(['uaccess', 'seat', 'systemd']))
    expect(env).toMatchObject({ UDISKS_ICON_NAME: 'media-optical-dvd-ram', UDISKS_AUTO: '0' })
    expect(env.SYSTEMD_WANTS).toBeUndefined()
    expect(play(rulesFor('mount: { style: udisks }'), part).env.UDISKS_AUTO).toBe('1')
    const left = play(rules, { ...part, files: {}, db: { PKTW_DRIVE: 'sr1' } })
    expect([left.group, left.links, left.env.PKTW_DRIVE]).toEqual(['disk', [], undefined])
  })
  test('style udisks: for desktops to mount, not for systemd', () => {
    const { env } = play(rulesFor('mount: { style: udisks }'), filesystem)
    expect(env).toMatchObject({ UDISKS_AUTO: '1', UDISKS_SYSTEM: '0' })
    expect(env.SYSTEMD_WANTS).toBeUndefined()
  })
  test('a mount point whose unit name has an escape is wanted by its path', () => {
    const { env } = play(rulesFor('mount: { where: /media/a-b }'), filesystem)
    expect(env.SYSTEMD_WANTS).toBe('/media/a-b1')
  })
})

describe('backend direct: the drive itself becomes the packet device', () => {
  const direct = rulesFor('media: { dvd-ram: direct }')
  const own = 'PKTW_STATE=ready\nPKTW_BACKEND=direct\nPKTW_MEDIUM=dvd-ram\n'
  const map = `${own}PKTW_DRIVE=sr0\nPKTW_SLOT=0\n`
  const files = { '/run/pktw/seen/sr0.7': own, '/run/pktw/map/sr0': map, '/run/pktw/held/sr0': '' }
  const mapped = disc('ID_CDROM_MEDIA_DVD_RAM', { files, env: { ID_FS_USAGE: 'filesystem' } })

  test('asked with what the settings say, kept from automounters until it is taken', () => {
    const result = play(direct, disc('ID_CDROM_MEDIA_DVD_RAM', { probe: own }))
    expect(result.asked[0]).toMatch(/ --backend direct \/dev\/sr0$/)
    expect(result.env).toMatchObject({ SYSTEMD_WANTS: 'pktw@sr0.service', UDISKS_IGNORE: '1' })
    expect(result.links).toEqual([])
    expect(play(direct, disc('ID_CDROM_MEDIA_CD_RW')).asked[0]).toMatch(/ --backend engine /)
  })
  test('taken: links, permissions, mounted; not asked again', () => {
    const { links, group, env, asked, tags } = play(direct, mapped)
    expect(links).toEqual(['pktw/sr0', 'pktcdvd/pktcdvd0'])
    expect([group, asked]).toEqual(['cdrom', []])
    expect(env).toMatchObject({
      SYSTEMD_WANTS: 'media-cdvdrw.mount',
      UDISKS_IGNORE: '1',
      UDISKS_NAME: 'DVD-RAM',
    })
    expect(tags).toContain('uaccess')
  })
  test('style udisks: for desktops to mount', () => {
    const { env } = play(rulesFor('media: { dvd-ram: direct }\nmount: { style: udisks }'), mapped)
    expect(env).toMatchObject({ UDISKS_AUTO: '1', UDISKS_SYSTEM: '0' })
    expect(env.UDISKS_IGNORE).toBeUndefined()
    expect(env.SYSTEMD_WANTS).toBeUndefined()
  })
  test('another disc, swapped quickly: asked, and no links of the disc before', () => {
    const { asked, links } = play(direct, { ...mapped, env: { ...mapped.env, DISKSEQ: '8' } })
    expect(asked).toHaveLength(1)
    expect(links).toEqual([])
  })
  test('the button, when the kernel hears of it: our unit, and the links stay under the mount', () => {
    const result = play(direct, {
      kernel: 'sr0',
      env: { DISK_EJECT_REQUEST: '1' },
      files,
      run: ['cdrom_id --eject-media /dev/sr0'],
    })
    expect(result.run).toEqual(['/usr/bin/systemctl --no-block start pktw-eject@sr0.service'])
    expect(result.links).toEqual(['pktw/sr0', 'pktcdvd/pktcdvd0'])
    expect(result.env.SYSTEMD_WANTS).toBeUndefined()
  })
  test('given back with the permissions that udev gave it', () => {
    const other = rulesFor('device: { group: users, mode: 0600 }\nmedia: { dvd-ram: direct }')
    expect(play(other, mapped).group).toBe('users')
    const { group, mode, env, links } = play(other, {
      kernel: 'sr0',
      env: { ID_CDROM: '1' },
      db: { PKTW_SLOT: '0' },
    })
    expect([group, mode, links]).toEqual(['cdrom', '0660', []])
    expect(env.PKTW_SLOT).toBeUndefined()
  })
})

describe('backend pktcdvd', () => {
  const map = 'PKTW_DRIVE=sr0\nPKTW_SLOT=0\nPKTW_MEDIUM=cd-rw\nID_FS_TYPE=udf\nID_FS_USAGE=filesystem\n'
  const event: Event = { kernel: 'pktcdvd0', env: { DEVTYPE: 'disk' } }
  test("a device of ours: the drive's file system, the one link that its node does not have", () => {
    const { links, env, asked } = play(rules, { ...event, files: { '/run/pktw/map/pktcdvd0': map } })
    expect(links).toEqual(['pktw/sr0'])
    expect(env).toMatchObject({ ID_FS_TYPE: 'udf', SYSTEMD_WANTS: 'media-cdvdrw.mount' })
    expect(env.UDISKS_IGNORE).toBeUndefined()
    expect(asked).toEqual([])
  })
  test('a device of somebody else is left alone', () => {
    expect(play(rules, event)).toEqual({
      env: event.env,
      tags: [],
      links: [],
      run: [],
      asked: [],
      called: [],
    })
  })
  test('only the medium that is set to it is asked for with it', () => {
    const some = rulesFor('media: { cd-rw: pktcdvd }')
    expect(play(some, disc('ID_CDROM_MEDIA_CD_RW')).asked[0]).toMatch(/ --backend pktcdvd /)
    expect(play(some, disc('ID_CDROM_MEDIA_DVD_RW')).asked[0]).toMatch(/ --backend engine /)
  })
})

describe('settings', () => {
  const drives = rulesFor(`
media: { dvd-ram: none }
drives:
  - match: { vendor: HL-DT-ST, model: "DVDRAM GP*" }
    media: { dvd-ram: engine, cd-rw: none }
  - match: { serial: "K*" }
    ignore: true
`)
  const gp = { ID_VENDOR: 'HL-DT-ST', ID_MODEL: 'DVDRAM_GP60NB50' }
  test.each<[string, Record<string, string>, string, boolean]>([
    ['a medium that is switched off', {}, 'ID_CDROM_MEDIA_DVD_RAM', false],
    ['one that is not', {}, 'ID_CDROM_MEDIA_CD_RW', true],
    ['switched on for the drive', gp, 'ID_CDROM_MEDIA_DVD_RAM', true],
    ['switched off for the drive', gp, 'ID_CDROM_MEDIA_CD_RW', false],
    ['not mentioned for the drive', gp, 'ID_CDROM_MEDIA_BD_RE', true],
    ['another vendor', { ...gp, ID_VENDOR: 'X' }, 'ID_CDROM_MEDIA_CD_RW', true],
    ['a drive that is left alone', { ID_SERIAL_SHORT: 'K*' }, 'ID_CDROM_MEDIA_CD_RW', false],
    ['a serial is no pattern', { ID_SERIAL_SHORT: 'K1' }, 'ID_CDROM_MEDIA_CD_RW', true],
  ])('%s', (_name, env, property, taken) => {
    expect(play(drives, disc(property, { env })).asked.length > 0).toBe(taken)
  })
  test('a backend for one drive', () => {
    const one = rulesFor('drives: [{ match: { model: GP60 }, media: { dvd-ram: direct } }]')
    const asked = (model: string) =>
      play(one, disc('ID_CDROM_MEDIA_DVD_RAM', { env: { ID_MODEL: model } })).asked[0]
    expect(asked('GP60')).toContain('--backend direct ')
    expect(asked('GP61')).toContain('--backend engine ')
  })
})
