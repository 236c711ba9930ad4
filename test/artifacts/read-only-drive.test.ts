// A CD-RW or DVD-RW is never written through the drive itself, whatever the drive or the probe says of it: 61-pktw.rules makes the block
// device read-only while such a disc is in, and gives it back for others.
import { describe, expect, test } from 'vitest'
import { generate } from '../../src/artifacts/generate.ts'
import { belowEtc, layouts } from '../../src/artifacts/layouts.ts'
import { loadTemplates } from '../../src/render/templates.ts'
import { parseSettings } from '../../src/settings/parse.ts'
import { type Event, play } from './udev-machine.ts'

const templates = loadTemplates()
const rulesFor = (yaml: string, layout = layouts.debian): string => {
  const made = generate(parseSettings(yaml, 'x').value!, layout, templates)
  return made.value!.find((a) => a.kind === 'udev-rules')!.text
}
const rules = rulesFor('')
const setro = '/usr/sbin/blockdev --setro /dev/sr0'
const setrw = '/usr/sbin/blockdev --setrw /dev/sr0'
const flag = ({ called }: { called: string[] }) => called.filter((line) => line.includes('blockdev'))

const disc = (property: string, more: Partial<Event> = {}): Event => ({
  kernel: 'sr0',
  ...more,
  env: { ID_CDROM: '1', ID_CDROM_MEDIA: '1', DISKSEQ: '7', [property]: '1', ...more.env },
})
const told = (state: string, medium = 'cd-rw', more = ''): string =>
  `PKTW_STATE=${state}\nPKTW_MEDIUM=${medium}\nPKTW_WRITABLE=${state === 'ready' ? 1 : 0}\n${more}`

const traps = ['CD_RW', 'DVD_RW', 'DVD_RW_RO', 'DVD_RW_SEQ'].map((name) => `ID_CDROM_MEDIA_${name}`)
const states = [
  ...['ready', 'blank', 'unformatted', 'sequential', 'protected', 'damaged', 'busy', 'mrw', 'unsupported'],
  ...['timeout', 'error'],
]

describe.each(traps)('%s', (property) => {
  const event = property === 'ID_CDROM_MEDIA_DVD_RW_SEQ' ? { env: { ID_CDROM_MEDIA_DVD_RW: '1' } } : {}
  test.each(states)('%s: read-only before the drive is asked, and known to udisks as such', (state) => {
    const result = play(rules, disc(property, { ...event, probe: told(state) }))
    expect(result.called.map((line) => line.split(' ')[0])).toEqual(['/usr/sbin/blockdev', '/usr/bin/node'])
    expect(flag(result)).toEqual([setro])
    expect(result.env).toMatchObject({ PKTW_READ_ONLY: '1', UDISKS_MOUNT_OPTIONS_DEFAULTS: 'ro' })
  })
  test('the probe fails, is killed, or tells nothing of the medium', () => {
    for (const probe of [undefined, '', 'PKTW_STATE=timeout\nPKTW_WRITABLE=0\n']) {
      const result = play(rules, disc(property, { ...event, ...(probe === undefined ? {} : { probe }) }))
      expect([flag(result), result.env.UDISKS_MOUNT_OPTIONS_DEFAULTS]).toEqual([[setro], 'ro'])
    }
  })
  test('taken up, unmapped, given up: each later event finds it so, and sets it where it is not', () => {
    const files = { '/run/pktw/seen/sr0.7': told('ready', 'cd-rw', 'PKTW_BACKEND=engine\n') }
    const known = disc(property, { ...event, files, db: { PKTW_READ_ONLY: '1' } })
    expect(flag(play(rules, { ...known, attributes: { ro: '1' } }))).toEqual([])
    const result = play(rules, known)
    expect([flag(result), result.asked]).toEqual([[setro], []])
    expect(result.env).toMatchObject({ PKTW_READ_ONLY: '1', UDISKS_IGNORE: '1' })
  })
})

test.each(['DVD_RAM', 'DVD_PLUS_RW', 'BD_RE', 'CD', 'DVD_R', 'CD_R'])(
  '%s after a CD-RW: given back',
  (name) => {
    const db = { PKTW_READ_ONLY: '1' }
    const result = play(
      rules,
      disc(`ID_CDROM_MEDIA_${name}`, { db, attributes: { ro: '1' }, probe: told('ready') }),
    )
    expect([flag(result), result.env.PKTW_READ_ONLY]).toEqual([[setrw], undefined])
    expect(flag(play(rules, disc(`ID_CDROM_MEDIA_${name}`, { probe: told('ready') })))).toEqual([])
  },
)

test.each<[string, Event]>([
  ['the tray is out', { kernel: 'sr0', env: { ID_CDROM: '1', DISK_MEDIA_CHANGE: '1' } }],
  ['the button', { kernel: 'sr0', env: { ID_CDROM: '1', DISK_EJECT_REQUEST: '1' } }],
])('%s: it stays until it is known what comes next, and udev does not forget', (_, event) => {
  const result = play(rules, { ...event, db: { PKTW_READ_ONLY: '1' } })
  expect([result.called, result.env.PKTW_READ_ONLY]).toEqual([[], '1'])
})

test('Mount Rainier: the kernel writes it, so it is given back once the drive has said so', () => {
  const mrw = told('ready', 'cd-rw', 'PKTW_BACKEND=direct\n')
  const result = play(rules, disc('ID_CDROM_MEDIA_CD_RW', { probe: mrw }))
  expect(flag(result)).toEqual([setro, setrw])
  expect(result.env.PKTW_READ_ONLY).toBeUndefined()
  expect(result.env.UDISKS_MOUNT_OPTIONS_DEFAULTS).toBeUndefined()
  const seen = { '/run/pktw/seen/sr0.7': mrw }
  expect(flag(play(rules, disc('ID_CDROM_MEDIA_CD_RW', { files: seen })))).toEqual([])
  const mapped = { ...seen, '/run/pktw/map/sr0': `${mrw}PKTW_DRIVE=sr0\nPKTW_SLOT=0\n` }
  expect(flag(play(rules, disc('ID_CDROM_MEDIA_CD_RW', { files: mapped })))).toEqual([])
})

test('pktcdvd writes to the drive by itself, below that flag: it stays', () => {
  const some = rulesFor('media: { cd-rw: pktcdvd }')
  const probe = told('ready', 'cd-rw', 'PKTW_BACKEND=pktcdvd\n')
  expect(flag(play(some, disc('ID_CDROM_MEDIA_CD_RW', { probe })))).toEqual([setro])
})

test('blockdev fails: said in the database, the disc is taken up, and the next event tries again', () => {
  const event = disc('ID_CDROM_MEDIA_CD_RW', { probe: told('ready'), failing: ['/usr/sbin/blockdev'] })
  const { env } = play(rules, event)
  expect(env).toMatchObject({ PKTW_READ_ONLY: 'failed', SYSTEMD_WANTS: 'pktw@sr0.service' })
  expect(flag(play(rules, { ...event, db: { PKTW_READ_ONLY: 'failed' } }))).toEqual([setro])
})

test('a medium or drive that the settings leave alone: left alone, and given back', () => {
  for (const yaml of ['media: { cd-rw: none }', 'drives: [{ match: { model: X }, ignore: true }]']) {
    const alone = rulesFor(yaml)
    const env = { ID_MODEL: 'X' }
    expect(flag(play(alone, disc('ID_CDROM_MEDIA_CD_RW', { env })))).toEqual([])
    expect(flag(play(alone, disc('ID_CDROM_MEDIA_CD_RW', { env, db: { PKTW_READ_ONLY: '1' } })))).toEqual([
      setrw,
    ])
  }
})

test('without systemd as well, and where the program is elsewhere', () => {
  const openrc = rulesFor('', { ...layouts.gentoo, systemd: false })
  const result = play(openrc, disc('ID_CDROM_MEDIA_CD_RW', { probe: told('ready') }))
  expect(result.called[0]).toBe('/sbin/blockdev --setro /dev/sr0')
  expect(rulesFor('', layouts.nixos)).toContain('/run/current-system/sw/bin/blockdev --setro $devnode')
  expect(belowEtc.blockdev).toBe('/usr/sbin/blockdev')
})
